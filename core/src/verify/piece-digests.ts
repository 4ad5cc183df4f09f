import type { HashAlgorithm } from './digests.ts';

/** Digests of a file's equally long pieces, in the order of the file. Only the last piece may be shorter. */
export interface PieceDigests {
  readonly algorithm: HashAlgorithm;
  /** Of a piece, in bytes. */
  readonly length: number;
  /** Lower-case hex. */
  readonly digests: readonly string[];
}
