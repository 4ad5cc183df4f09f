import { wholeNumber } from './header.ts';

/** The interval of a Content-Range header: `[start, end)` of `total` bytes. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  /** Undefined when the server does not know it (`*`). */
  readonly total: number | undefined;
}

/**
 * Parses `bytes 0-499/1234` and `bytes 0-499/*` (RFC 9110, 14.4). Undefined for anything else, also for the unsatisfied
 * form and intervals that do not lie within the total.
 */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(header.trim());
  if (match === null) return undefined;
  const [start, last, total] = match.slice(1).map(wholeNumber);
  if (start === undefined || last === undefined || start > last || last >= Number.MAX_SAFE_INTEGER) return undefined;
  if (match[3] === '*') return { start, end: last + 1, total: undefined };
  return total !== undefined && last < total ? { start, end: last + 1, total } : undefined;
}

// `bytes */1234` would end a block comment.
// The total in the Content-Range of a 416 (RFC 9110, 15.5.17).
export function parseUnsatisfiedRange(header: string): number | undefined {
  return wholeNumber(/^bytes \*\/(\d{1,16})$/i.exec(header.trim())?.[1]);
}
