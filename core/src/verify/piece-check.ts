import { createHash, subtle } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import type { HashAlgorithm } from './digests.ts';
import { hashRange } from './hash.ts';
import type { PieceDigests } from './piece-digests.ts';

/** A piece of this size is worth the way to another thread, and a larger one than that is not held in memory. */
const LEAST_POOLED = 128 * 1024;
const MOST_POOLED = 8 * 1024 * 1024;

/** What Node computes in its thread pool, by the names of the Web Cryptography API. */
const POOLED: Readonly<Partial<Record<HashAlgorithm, string>>> = {
  sha1: 'SHA-1',
  sha256: 'SHA-256',
  sha512: 'SHA-512',
};

/**
 * Whether a piece of an open file is what its digest says. False as well for a file that ends within the piece, and
 * for a piece that is not in the list or begins behind the end. Pieces of a usual size are hashed off this thread.
 * @param fileSize of the whole file, in bytes: it says where the last piece ends
 * @throws the system's own error (EIO, …); the signal's reason
 */
export async function pieceIsRight(
  handle: FileHandle,
  pieces: PieceDigests,
  index: number,
  fileSize: number,
  signal: AbortSignal,
): Promise<boolean> {
  const start = index * pieces.length;
  const end = Math.min(start + pieces.length, fileSize);
  if (start >= end) return false;
  const pooled = end - start < LEAST_POOLED || end - start > MOST_POOLED ? undefined : POOLED[pieces.algorithm];
  if (pooled === undefined) {
    const hash = createHash(pieces.algorithm);
    const there = await hashRange(handle, hash, { start, end }, { signal });
    return there === end - start && hash.digest('hex') === pieces.digests[index];
  }
  const bytes = Buffer.allocUnsafe(end - start);
  let filled = 0;
  const gather = (block: Uint8Array): void => {
    bytes.set(block, filled);
    filled += block.length;
  };
  const there = await hashRange(handle, { update: gather }, { start, end }, { signal });
  if (there !== end - start) return false;
  return Buffer.from(await subtle.digest(pooled, bytes)).toString('hex') === pieces.digests[index];
}
