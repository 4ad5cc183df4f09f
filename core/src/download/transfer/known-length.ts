import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { differing, type Digests } from '../../verify/digests.ts';
import { hashGrowingFile, type GrowingFileHasher } from '../../verify/growing-file.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { PieceMap, pieceSizeFor } from '../part/piece-map.ts';
import { ResumeFile } from '../part/resume-file.ts';
import { bufferSize, LEAST_UNREAD } from './buffers.ts';
import { Checkpoint, stateOf } from './checkpoint.ts';
import { convict } from './convict.ts';
import { digestPart } from './digest-part.ts';
import type { FillOptions, Filled } from './fill.ts';
import { replace } from './hearing.ts';
import { Leases } from './lease.ts';
import type { Origin } from './origin.ts';
import { blameSenders, deliveriesOf, wantedAlgorithms, wrongDigest } from './outcome.ts';
import { PieceCheck } from './piece-check.ts';
import { PieceRepair } from './piece-repair.ts';
import { asConnection, probe } from './probe.ts';
import { randomOf } from './random.ts';
import type { Reporter } from './reporter.ts';
import type { IdentityLevel, TransferState } from './state.ts';
import { Transfer } from './transfer.ts';
import { examine } from './trial.ts';

/** After so many bytes the free space is looked at again: others write to the disk as well. */
const SPACE_STEP = 256 * 1024 * 1024;

/** One filling of a part for a file of which the size is known: fetched in pieces, hashed while they land, judged. */
export class KnownLength {
  readonly #options: FillOptions;
  readonly #origins: readonly Origin[];
  readonly #level: IdentityLevel;
  readonly #map: PieceMap;
  readonly #file: ResumeFile;
  readonly #checkpoint: Checkpoint;
  readonly #reporter: Reporter;
  readonly #pieces: PieceCheck | undefined;
  readonly #repair: PieceRepair | undefined;
  readonly #hasher: GrowingFileHasher;
  /** Pieces that were dropped before they were hashed. */
  #dropped: number;
  /** The hasher was told that the bytes before this one will not change. */
  #promised = 0;
  readonly #resumed: number;
  #spaceCheckedAt: number;

  /** For `begin` only. */
  constructor(
    options: FillOptions,
    origins: readonly Origin[],
    level: IdentityLevel,
    reporter: Reporter,
    { map, file }: { readonly map: PieceMap; readonly file: ResumeFile },
  ) {
    const { job, part, clock, signal } = options;
    this.#options = options;
    this.#origins = origins;
    this.#level = level;
    this.#map = map;
    this.#file = file;
    this.#checkpoint = new Checkpoint(file, { part, map, origins, digests: job.digests, clock });
    this.#reporter = reporter;
    this.#pieces = job.pieces === undefined ? undefined : new PieceCheck(job.pieces, part, map, signal);
    this.#repair = this.#pieces === undefined ? undefined : this.#repairOf(this.#pieces);
    this.#hasher = hashGrowingFile(part.path, wantedAlgorithms(job), { signal });
    this.#dropped = map.dropped;
    this.#resumed = map.done;
    this.#spaceCheckedAt = map.done;
  }

  /**
   * Takes over what an earlier run left, or begins with nothing; the resume file is there before the first byte.
   * @throws LoopstickError DOWNLOAD_SPACE; the system's own errors
   */
  static async begin(
    options: FillOptions,
    origins: readonly Origin[],
    size: number,
    level: IdentityLevel,
    reporter: Reporter,
  ): Promise<KnownLength> {
    const { job, part, engine } = options;
    if (level === 'none') for (const origin of origins) origin.streamOnly = true;
    const isOfThisSize = options.continuation?.map.size === size;
    const continuation = isOfThisSize ? options.continuation : undefined;
    if (!isOfThisSize) await options.continuation?.file.close();
    const map = continuation?.mapFor(origins) ?? new PieceMap(size, pieceSizeFor(size));
    await options.checkSpace(size, map.done);
    if (continuation !== undefined) {
      if (map.done > 0) engine.events.emit('resume', { label: job.label, bytes: map.done });
      return new KnownLength(options, origins, level, reporter, { map, file: continuation.file });
    }
    await part.truncate(0);
    const urls = origins.map(({ url }) => url);
    const state = stateOf({ part, map, origins, digests: job.digests }, urls, true);
    const file = await ResumeFile.create(options.resumePath, state);
    return new KnownLength(options, origins, level, reporter, { map, file });
  }

  /** @throws what fillPart throws */
  async fill(): Promise<Filled> {
    const { part } = this.#options;
    try {
      await this.#fetch();
      this.#report();
      const digests = await this.#verify();
      for (const origin of this.#origins) {
        if (origin.isDoubted && origin.out !== undefined) this.#tellFailover(origin, origin.out, this.#firstLeft());
      }
      for (const piece of this.#allPieces()) {
        const sender = this.#senderOf(piece);
        if (sender !== undefined) sender.blame = undefined;
      }
      return { size: this.#map.size, resumed: this.#resumed, digests, origins: deliveriesOf(this.#map, this.#origins) };
    } catch (error) {
      if (isLoopstickError(error, DOWNLOAD_ERRORS.checksum.code)) {
        const pieces = this.#allPieces();
        // Where each piece is what its list says, list and digest contradict each other.
        const isListed = this.#pieces?.isDoubted === false;
        blameSenders(this.#origins, isListed || pieces.some((piece) => this.#senderOf(piece) === undefined));
        for (const piece of pieces) this.#map.drop(piece);
      }
      if (this.#map.done === 0) {
        await this.#checkpoint.settle();
        await part.truncate(0);
        await this.#file.remove();
      } else {
        // Why it ended says more than that its last note could not be written.
        await this.#checkpoint.finish().catch(() => undefined);
      }
      throw error;
    } finally {
      await this.#pieces?.close();
      await this.#hasher.close();
      await this.#checkpoint.settle();
      await this.#file.close().catch(() => undefined);
    }
  }

  /** Until every byte is there and no piece is known to be wrong. */
  async #fetch(): Promise<void> {
    do {
      try {
        await this.#transfer();
      } catch (error) {
        await this.#pieces?.settle();
        // Those who are left may have been given up because of what the others sent.
        const mayRepair = (this.#pieces?.wrong.length ?? 0) > 0;
        if (!mayRepair || !isLoopstickError(error, DOWNLOAD_ERRORS.allMirrorsFailed.code)) throw error;
      }
      await this.#pieces?.settle();
      const before = this.#map.dropped;
      await this.#repair?.run();
      // What was not known to be right was not hashed either, but what lies beside it in one piece may have been.
      if (this.#map.frontier >= this.#promised) this.#dropped += this.#map.dropped - before;
    } while (!this.#map.complete);
  }

  async #transfer(): Promise<void> {
    const stop = new AbortController();
    const { signal: outer, mostConnections, advice } = this.#options;
    const watch = {
      tick: async (received: number) => {
        this.#checkpoint.touch();
        await this.#recheckSpace();
        this.#reporter.report(this.#map.done, this.#map.size, received, this.#origins);
        return this.#pieces?.isUrgent !== true;
      },
      onFailover: (origin: Origin, error: LoopstickError, next: Origin | undefined) => {
        if (!origin.isDoubted) this.#tellFailover(origin, error, next);
      },
    };
    await new Transfer(this.#state(stop.signal), { watch, stop, outer, mostConnections, advice }).run();
  }

  #repairOf(pieces: PieceCheck): PieceRepair {
    const { signal, engine } = this.#options;
    return new PieceRepair(this.#state(signal), pieces, {
      onConvicted: (origin, error) => {
        this.#tellFailover(origin, error, this.#firstLeft());
      },
      onDoubt: (error) => {
        engine.events.emit('warning', error);
      },
    });
  }

  /** The file's digests, when they are right: at once, or after whoever sent wrong bytes was found. */
  async #verify(): Promise<Digests> {
    const { job, engine, part, signal, mostConnections } = this.#options;
    this.#options.onVerify();
    let digests = await this.#hash();
    if (differing(job.digests, digests).length === 0) return digests;
    // Every piece is what its list says, or the same everywhere: nobody can make it right.
    if (this.#pieces?.isDoubted === false) throw wrongDigest(job, this.#origins);

    const suspects = this.#origins.filter(({ speed }) => speed.total > 0);
    const state = { ...this.#state(signal), bufferSize: () => LEAST_UNREAD };
    const isRight = async (): Promise<boolean> => {
      digests = await this.#hash();
      return differing(job.digests, digests).length === 0;
    };
    const onHeard = (): void => {
      this.#checkpoint.touch();
      this.#report();
    };
    const convicted = await convict({
      map: this.#map,
      origins: this.#origins,
      random: randomOf(engine),
      holds: (piece) => part.holds(this.#map, piece),
      examine: (examination) => examine(state, examination, { most: mostConnections, isRight, onHeard }),
      believe: (examination, { index }) => replace(state, examination.believe(index)),
      refill: () => this.#fetch(),
      isRight,
      isUnchanged: (origin) => this.#isUnchanged(state, origin),
      verdict: (origin) => wrongDigest(job, [origin]),
    });
    if (convicted === undefined) throw wrongDigest(job, suspects.length > 0 ? suspects : this.#origins);
    for (const origin of convicted) this.#tellFailover(origin, wrongDigest(job, [origin]), this.#firstLeft());
    return digests;
  }

  async #hash(): Promise<Digests> {
    // Pieces may have changed after they were hashed on their way.
    if (this.#map.dropped !== this.#dropped) return await digestPart(this.#options);
    return await this.#hasher.finish(this.#map.size);
  }

  async #isUnchanged(state: TransferState, origin: Origin): Promise<boolean> {
    const { signal } = state;
    try {
      const isOwn = (piece: number): boolean => this.#map.originOf(piece) === origin.index;
      await asConnection(state, origin, () => probe(state, origin, isOwn, signal), signal);
      return true;
    } catch (error) {
      if (isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code)) return false;
      throw error;
    }
  }

  async #recheckSpace(): Promise<void> {
    const { done, size } = this.#map;
    if (done - this.#spaceCheckedAt < SPACE_STEP) return;
    this.#spaceCheckedAt = done;
    await this.#options.checkSpace(size, done);
  }

  #state(signal: AbortSignal): TransferState {
    const { engine, job, patience, limiter, clock, part, perMirror } = this.#options;
    return {
      ...{ engine, job, patience, limiter, clock, part, perMirror, signal },
      map: this.#map,
      origins: this.#origins,
      level: this.#level,
      leases: new Leases(this.#map),
      bufferSize: () => bufferSize(limiter, Math.max(1, this.#connections())),
      onWritten: (start, end) => {
        this.#pieces?.touch({ start, end });
        this.#promised = Math.max(this.#promised, Math.min(this.#map.frontier, this.#pieces?.frontier ?? Infinity));
        this.#hasher.advance(this.#promised);
        this.#checkpoint.touch();
      },
    };
  }

  #report(): void {
    const received = this.#origins.reduce((sum, { speed }) => sum + speed.total, 0);
    this.#reporter.report(this.#map.done, this.#map.size, received, this.#origins);
  }

  #tellFailover(origin: Origin, error: LoopstickError, next: Origin | undefined): void {
    const { engine, job } = this.#options;
    engine.events.emit('failover', { label: job.label, mirror: origin.name, next: next?.name, error });
  }

  #firstLeft(): Origin | undefined {
    return this.#origins.find(({ out }) => out === undefined);
  }

  #connections(): number {
    return this.#origins.reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Undefined where it is several, or one of an earlier run. */
  #senderOf(piece: number): Origin | undefined {
    return this.#origins[this.#map.originOf(piece)];
  }

  #allPieces(): number[] {
    return Array.from({ length: this.#map.count }, (_, piece) => piece);
  }
}
