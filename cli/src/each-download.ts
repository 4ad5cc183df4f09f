import { isLoopstickError, QUEUE_ERRORS, type JobRecord } from '@loopstick/core';

import type { Terminal } from './output/terminal.ts';

/** What can be done to no download any more, because another process was faster. */
const LATE: ReadonlySet<string> = new Set([QUEUE_ERRORS.state.code, QUEUE_ERRORS.unknown.code]);

/**
 * Does something with downloads, one after the other: each is an exchange with another process that ends before the
 * next one begins. Of all that there are, those are left out that came to another state meanwhile and, with a warning,
 * those that do not say what they are; whoever names one wants to know.
 * @param isAll whether they were not named, but all were meant
 * @throws what the work throws
 */
export async function eachDownload<T>(
  terminal: Pick<Terminal, 'warn'>,
  records: readonly JobRecord[],
  isAll: boolean,
  work: (record: JobRecord) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  for (const record of records) {
    try {
      results.push(await work(record));
    } catch (error) {
      if (!isAll || !isLoopstickError(error)) throw error;
      if (error.code === QUEUE_ERRORS.jobUnreadable.code) terminal.warn(error);
      else if (!LATE.has(error.code)) throw error;
    }
  }
  return results;
}
