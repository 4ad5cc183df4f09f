import type { Engine } from '../../engine/engine.ts';
import type { DownloadJob, Patience } from '../job.ts';
import type { PartFile } from '../part/part-file.ts';
import type { PieceMap } from '../part/piece-map.ts';
import type { Leases } from './lease.ts';
import type { Origin } from './origin.ts';
import type { RateLimiter } from './rate-limit.ts';

/**
 * How well pieces can be proven to be of one file.
 * - `digest`: the file's digest is known, so any mirrors may share the work
 * - `validator`: one address with a strong validator: its pieces belong together
 * - `none`: one stream from its beginning to its end, or nothing
 */
export type IdentityLevel = 'digest' | 'validator' | 'none';

/** What the parts of one running transfer share. Its size is known. */
export interface TransferState {
  readonly engine: Engine;
  readonly job: DownloadJob;
  readonly patience: Patience;
  readonly limiter: RateLimiter;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly part: PartFile;
  readonly map: PieceMap;
  readonly leases: Leases;
  readonly origins: readonly Origin[];
  readonly level: IdentityLevel;
  /** The most connections to one mirror while there are others; as many as its host takes when missing. */
  readonly perMirror?: number | undefined;
  /** Aborted when the transfer ends for whatever reason. */
  readonly signal: AbortSignal;
  /** How many bytes a connection may hold unread. */
  bufferSize(): number;
  /** Bytes of a piece have come to lie in the file. */
  onWritten(start: number, end: number): void;
}
