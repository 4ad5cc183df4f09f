import type { Context } from '../../engine/context.ts';
import { isLoopstickError, systemCode } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { discardPart, partPaths } from '../download.ts';
import { lockPart, type PartLock } from '../part/part-lock.ts';

/**
 * Removes what is there of a file that is not downloaded any more. False when somebody works on it after all: then it is
 * his. @throws the system's own errors
 */
export async function discardUnused(destination: string, context: Context): Promise<boolean> {
  let lock: PartLock;
  try {
    lock = await lockPart(partPaths(destination).lock, destination, context);
  } catch (error) {
    if (isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) return false;
    // A folder that is gone holds nothing to remove.
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return true;
    throw error;
  }
  try {
    await discardPart(destination);
  } finally {
    await lock.release();
  }
  return true;
}
