import type { HashAlgorithm } from './digests.ts';

/** Digests of the pieces of one file, as a metalink lists them: all pieces are equally long but for the last. */
export interface PieceDigests {
  readonly algorithm: HashAlgorithm;
  /** Of one piece, in bytes. */
  readonly length: number;
  /** Lower-case hex, in the order of the file. */
  readonly digests: readonly string[];
}
