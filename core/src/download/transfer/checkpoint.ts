import type { Digests } from '../../verify/digests.ts';
import type { PartFile } from '../part/part-file.ts';
import type { PieceMap } from '../part/piece-map.ts';
import type { ResumeState } from '../part/resume-codec.ts';
import type { ResumeFile } from '../part/resume-file.ts';
import type { Origin } from './origin.ts';

/** Between two notes of what has been written. */
const JOT_MS = 50;
/** Between two points that survive a power loss. */
const SYNC_MS = 2000;
/** A disk that takes long to sync is given at least so many times as long to do its real work. */
const SYNC_SHARE = 8;

/**
 * Keeps the resume file in step with the part. What the process has written survives its death, so that is noted at
 * once; what has to survive the machine's is synced, data first, every few seconds.
 */
export class Checkpoint {
  readonly #file: ResumeFile;
  readonly #part: PartFile;
  readonly #map: PieceMap;
  readonly #origins: readonly Origin[];
  readonly #urls: readonly string[];
  readonly #digests: Digests;
  readonly #clock: () => number;
  #nextJot = 0;
  #nextSync: number;
  #noted = -1;
  #running: Promise<void> | undefined;
  #error: unknown;

  constructor(
    file: ResumeFile,
    { part, map, origins, digests, clock }: CheckpointOf & { readonly clock: () => number },
  ) {
    this.#file = file;
    this.#part = part;
    this.#map = map;
    this.#origins = origins;
    this.#urls = origins.map(({ url }) => url);
    this.#digests = digests;
    this.#clock = clock;
    this.#nextSync = clock() + SYNC_MS;
  }

  /** Called whenever something was written. @throws the system's own errors of an earlier call */
  touch(): void {
    if (this.#error !== undefined) throw this.#error as Error;
    const now = this.#clock();
    if (this.#running !== undefined || this.#map.done === this.#noted || now < this.#nextJot) return;
    const isDue = now >= this.#nextSync;
    this.#noted = this.#map.done;
    this.#running = (isDue ? this.#sync(false) : this.#file.jot(this.#state(false)))
      .catch((error: unknown) => {
        this.#error = error;
      })
      .finally(() => {
        const end = this.#clock();
        this.#nextJot = end + JOT_MS;
        if (isDue) this.#nextSync = end + Math.max(SYNC_MS, (end - now) * SYNC_SHARE);
        this.#running = undefined;
      });
  }

  /** The last word of an orderly end; all writes have to be settled. */
  async finish(): Promise<void> {
    await this.#running;
    await this.#sync(true);
  }

  /** Waits for what is being written. */
  async settle(): Promise<void> {
    await this.#running;
  }

  async #sync(clean: boolean): Promise<void> {
    const state = this.#state(clean);
    await this.#part.sync();
    await this.#file.write(state);
  }

  #state(clean: boolean): ResumeState {
    return stateOf(
      { part: this.#part, map: this.#map, origins: this.#origins, digests: this.#digests },
      this.#urls,
      clean,
    );
  }
}

interface CheckpointOf {
  readonly part: PartFile;
  readonly map: PieceMap;
  readonly origins: readonly Origin[];
  readonly digests: Digests;
}

/** What there is to record. */
export function stateOf({ map, origins, digests }: CheckpointOf, urls: readonly string[], clean: boolean): ResumeState {
  return {
    size: map.size,
    pieceSize: map.pieceSize,
    digests,
    urls,
    clean,
    origins: origins.map(({ url, place, validators }) => ({
      ...{ url, place },
      etag: validators?.etag,
      lastModified: validators?.dateIsStrong === true ? validators.lastModified : undefined,
    })),
    pieces: map.table(),
  };
}
