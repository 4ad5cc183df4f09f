import type { Settings } from '../engine/settings.ts';
import type { Patience } from './job.ts';

/** How long and how often to try: as the settings say, unless the caller knows better. */
export function patienceFrom({ downloads }: Settings, own: Partial<Patience> = {}): Patience {
  return {
    ...downloads.retry,
    // Who is slow to answer is not slow to send, so an answer may take longer than the next byte.
    openMs: Math.min(30_000, 2000 * downloads.idleSeconds),
    idleMs: downloads.idleSeconds * 1000,
    worthwhile: 1024 * 1024,
    longestWaitMs: 10 * 60_000,
    ...own,
  };
}
