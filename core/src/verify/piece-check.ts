import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import { hashRange } from './hash.ts';
import type { PieceDigests } from './piece-digests.ts';

/**
 * Whether a piece of an open file is what its digest says. False as well for a file that ends within the piece, and
 * for a piece that is not in the list or begins behind the end.
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
  const hash = createHash(pieces.algorithm);
  const there = await hashRange(handle, hash, { start, end }, { signal });
  return there === end - start && hash.digest('hex') === pieces.digests[index];
}
