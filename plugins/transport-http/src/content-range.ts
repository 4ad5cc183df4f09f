/** The interval of a Content-Range header: `[start, end)` of `total` bytes. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly total: number;
}

/**
 * Parses `bytes 0-499/1234` (RFC 9110, 14.4). Undefined for anything else, also for the unsatisfied form, an unknown
 * total (`*`) and intervals that do not lie within the total.
 */
export function parseContentRange(header: string): ContentRange | undefined {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16})$/i.exec(header.trim());
  if (match === null) return undefined;
  const [start = NaN, last = NaN, total = NaN] = match.slice(1).map(Number);
  const isSound = start <= last && last < total && Number.isSafeInteger(total);
  return isSound ? { start, end: last + 1, total } : undefined;
}

/** The number in a Content-Length header; undefined when there is none or it is not a plain number. */
export function parseContentLength(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,16}$/.test(header)) return undefined;
  const length = Number(header);
  return Number.isSafeInteger(length) ? length : undefined;
}
