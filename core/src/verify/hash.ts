import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

import type { Digests, HashAlgorithm } from './digests.ts';

const BLOCK = 1024 * 1024;

export interface HashOptions {
  readonly signal: AbortSignal;
  /** Bytes hashed so far, and the size of the file when hashing began. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What takes bytes: a hash, or several of them. */
interface Sink {
  update(bytes: Uint8Array): unknown;
}

/**
 * SHA-256 of a whole file or device, as 64 lower-case hex digits.
 * @throws the system's own error (ENOENT, EACCES, EIO, …); the signal's reason when aborted
 */
export async function hashFile(path: string, options: HashOptions): Promise<string> {
  const hash = createHash('sha256');
  await feedFile(path, hash, options);
  return hash.digest('hex');
}

/**
 * Several digests of a whole file or device, which is read once.
 * @throws the system's own error (ENOENT, EACCES, EIO, …); the signal's reason when aborted
 */
export async function digestFile(
  path: string,
  algorithms: readonly HashAlgorithm[],
  options: HashOptions,
): Promise<Digests> {
  const hashes = algorithms.map((algorithm) => [algorithm, createHash(algorithm)] as const);
  const update = (bytes: Uint8Array): void => {
    for (const [, hash] of hashes) hash.update(bytes);
  };
  await feedFile(path, { update }, options);
  return Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}

async function feedFile(path: string, hash: Sink, options: HashOptions): Promise<void> {
  // What was a file a moment ago may be a FIFO now, and is not waited for.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    await hashRange(handle, hash, { start: 0, end: Infinity }, options);
  } finally {
    await handle.close();
  }
}

/** Feeds bytes [start, end) of an open file into `hash`, fewer when it ends before. Returns how many those were. */
export async function hashRange(
  handle: FileHandle,
  hash: Sink,
  { start, end }: { readonly start: number; readonly end: number },
  { signal, onProgress }: HashOptions,
): Promise<number> {
  const total = Math.min(end, (await handle.stat()).size) - start;
  const block = Buffer.allocUnsafe(Math.min(BLOCK, end - start));
  let at = start;
  while (at < end) {
    signal.throwIfAborted();
    const { bytesRead } = await handle.read(block, 0, Math.min(block.length, end - at), at);
    if (bytesRead === 0) break;
    hash.update(block.subarray(0, bytesRead));
    at += bytesRead;
    onProgress?.(at - start, total);
  }
  return at - start;
}
