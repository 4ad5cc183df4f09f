import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

import { failure } from '../engine/errors.ts';
import { formatBytes } from '../engine/units.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';

/** As much more than is needed is asked for: other programs write to the disk as well. */
const MARGIN = 1.1;

/** Bytes that an ordinary user may still write into the file system of this folder. */
export async function freeSpaceIn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Bytes that have to be free for so many that are still to be written. */
export function roomFor(bytes: number): number {
  return Math.ceil(Math.max(0, bytes) * MARGIN);
}

/**
 * Makes sure that the rest of a file fits, with a margin.
 * @param present bytes of it that are there already
 * @throws LoopstickError DOWNLOAD_SPACE
 */
export async function checkSpace(
  file: string,
  size: number,
  present: number,
  freeSpace: (folder: string) => Promise<number>,
): Promise<void> {
  const needed = roomFor(size - present);
  const available = await freeSpace(dirname(file));
  if (needed > available) {
    const values = { file, needed: formatBytes(needed), available: formatBytes(available) };
    throw failure(DOWNLOAD_ERRORS.space, values);
  }
}
