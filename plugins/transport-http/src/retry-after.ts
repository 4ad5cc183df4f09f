import { parseHttpDate } from './http-date.ts';

/** Longer than anybody waits, and still a delay that a timer takes. */
const LONGEST = 7 * 24 * 60 * 60 * 1000;

/**
 * Milliseconds to wait according to Retry-After: seconds or a date (RFC 9110, 10.2.3). A date is compared with that of
 * the answer itself, so that it does not matter whether this machine's clock is right.
 * @param now milliseconds since 1970, for an answer without a date
 */
export function parseRetryAfter(header: string | undefined, date: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,10}$/.test(text)) return Math.min(LONGEST, Number(text) * 1000);
  const until = parseHttpDate(text);
  if (until === undefined) return undefined;
  return Math.min(LONGEST, Math.max(0, until - (parseHttpDate(date) ?? now)));
}
