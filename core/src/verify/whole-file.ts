import { stat } from 'node:fs/promises';

import { failure } from '../engine/errors.ts';
import type { Digests, HashAlgorithm } from './digests.ts';
import { hashGrowingFile } from './growing-file.ts';
import { digestFile, type HashOptions } from './hash.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';

/** From this size on a thread of its own pays: to start one costs as much as 50 MiB of SHA-256, about 30 ms. */
const WORTH_A_THREAD = 128 * 1024 * 1024;

const INTERVAL_MS = 100;

export interface DigestedFile {
  /** In bytes. */
  readonly size: number;
  readonly digests: Digests;
}

/**
 * Digests of a file or a disk, in a thread of its own when it is large, so that several files use several processors.
 * @throws the system's own error (ENOENT, EACCES, …); LoopstickError VERIFY_NOT_A_FILE, VERIFY_FILE_CHANGED,
 *   VERIFY_FILE_TOO_SHORT; the signal's reason
 */
export async function digestWholeFile(
  path: string,
  algorithms: readonly HashAlgorithm[],
  options: HashOptions,
): Promise<DigestedFile> {
  options.signal.throwIfAborted();
  const before = await stat(path);
  // Opening a FIFO would wait for whoever writes to it.
  if (!before.isFile() && !before.isBlockDevice()) {
    throw failure(VERIFY_ERRORS.notAFile, { file: path });
  }
  const isLarge = before.isFile() && before.size >= WORTH_A_THREAD;
  let size = before.size;
  const onProgress = (done: number, total: number): void => {
    // A disk has no size of its own: what was read is all that is known.
    size = Math.max(done, total);
    options.onProgress?.(done, total);
  };
  const digests = isLarge
    ? await digestInThread(path, algorithms, before.size, options)
    : await digestFile(path, algorithms, { ...options, onProgress });
  if (!before.isFile()) return { size, digests };
  const after = await stat(path);
  if (after.size !== before.size || after.mtimeMs !== before.mtimeMs || after.ino !== before.ino) {
    throw failure(VERIFY_ERRORS.fileChanged, { file: path });
  }
  return { size: before.size, digests };
}

async function digestInThread(
  path: string,
  algorithms: readonly HashAlgorithm[],
  size: number,
  { signal, onProgress }: HashOptions,
): Promise<Digests> {
  const hasher = hashGrowingFile(path, algorithms, { signal });
  const timer = setInterval(() => onProgress?.(hasher.hashed, size), INTERVAL_MS);
  try {
    const digests = await hasher.finish(size);
    onProgress?.(size, size);
    return digests;
  } finally {
    clearInterval(timer);
    await hasher.close();
  }
}
