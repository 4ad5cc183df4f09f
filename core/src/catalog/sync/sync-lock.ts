import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { Context } from '../../engine/context.ts';
import { failure, isLoopstickError } from '../../engine/errors.ts';
import { makeFolder } from '../../engine/make-folder.ts';
import { DOWNLOAD_ERRORS } from '../../download/download-errors.ts';
import { lockPart, type PartLock } from '../../download/part/part-lock.ts';
import { SYNC_ERRORS } from './sync-errors.ts';

const LOOK_AGAIN_MS = 200;

/**
 * One process syncs at a time: two would remove what the other has just written. Waits for another one until `waitMs`
 * have passed.
 *
 * @throws LoopstickError CATALOG_SYNC_BUSY; the system's own errors; the signal's reason
 */
export async function lockSync(
  { paths, random, clock }: Pick<Context, 'paths' | 'random' | 'clock'>,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<PartLock> {
  const lock = join(paths.state, 'catalog-sync.lock');
  await makeFolder(paths.state);
  const began = clock();
  for (;;) {
    signal.throwIfAborted();
    try {
      return await lockPart(lock, 'the catalog', { random });
    } catch (error) {
      if (!isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) throw error;
      if (clock() - began >= waitMs) throw failure(SYNC_ERRORS.busy, { lock }, { cause: error });
    }
    await delay(LOOK_AGAIN_MS);
  }
}
