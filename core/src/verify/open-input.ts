import { constants } from 'node:fs';
import { open, statfs, type FileHandle } from 'node:fs/promises';

import { failure } from '../engine/errors.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';

// Pipes without a name: statfs(2) and linux/magic.h.
const PIPEFS = 0x50495045;

/**
 * Opens what a user names to be read from its beginning: a file, or a pipe that this process was given, such as
 * `/dev/stdin` or `<(…)` of a shell. A FIFO would wait for whoever writes to it, and a device may have no end.
 * @throws LoopstickError VERIFY_NOT_A_FILE for a folder, VERIFY_NOT_READABLE; the system's own errors
 */
export async function openInput(path: string): Promise<FileHandle> {
  // Opening it must not wait either.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let isOurs = false;
  try {
    const info = await handle.stat();
    isOurs = info.isFile();
    if (isOurs) return handle;
    if (info.isDirectory()) throw failure(VERIFY_ERRORS.notAFile, { file: path });
    if (!info.isFIFO() || (await statfs(path)).type !== PIPEFS)
      throw failure(VERIFY_ERRORS.notReadable, { file: path });
  } finally {
    if (!isOurs) await handle.close();
  }
  // With the other flag, reading would not wait for what has not been written yet. Opening waits for FIFOs only.
  return open(path, 'r');
}
