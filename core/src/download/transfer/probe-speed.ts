/** What came in answer to one request. Times are monotonic milliseconds. */
export interface ProbeTimes {
  readonly askedAt: number;
  /** The first bytes; undefined when none have come. */
  readonly first: { readonly at: number; readonly bytes: number } | undefined;
  /** When the last bytes came. */
  readonly lastAt: number;
  /** All that came. */
  readonly bytes: number;
}

/** From less, or in less time, no speed can be told. */
const TELLING_BYTES = 64 * 1024;
const TELLING_MS = 5;

/**
 * Bytes a second: from the first bytes on; when all came at once, from the request on, which is at most as fast as it
 * is. Undefined when too little came.
 */
export function probeSpeed({ askedAt, first, lastAt, bytes }: ProbeTimes): number | undefined {
  if (first === undefined || bytes < TELLING_BYTES) return undefined;
  const ms = lastAt - first.at;
  const rest = bytes - first.bytes;
  if (ms >= TELLING_MS && rest >= TELLING_BYTES) return (rest / ms) * 1000;
  return (bytes / Math.max(1, lastAt - askedAt)) * 1000;
}
