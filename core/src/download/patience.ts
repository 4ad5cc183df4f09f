import type { Settings } from '../engine/settings.ts';
import type { Patience } from './job.ts';

/** How long and how often to try: as the settings say, unless the caller knows better. */
export function patienceFrom({ downloads }: Settings, own: Partial<Patience> = {}): Patience {
  return {
    ...downloads.retry,
    openMs: 30_000,
    idleMs: downloads.idleSeconds * 1000,
    worthwhile: 1024 * 1024,
    longestWaitMs: 10 * 60_000,
    ...own,
  };
}
