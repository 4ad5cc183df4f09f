import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import { failure, isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { lengthOf } from '../part/part-file.ts';
import { MIXED } from '../part/resume-codec.ts';
import { IDENTITY_CODES } from './failures.ts';
import { differentFile } from './identity.ts';
import type { Origin } from './origin.ts';
import type { PieceCheck } from './piece-check.ts';
import { randomOf } from './random.ts';
import { readRange, type Range } from './read-range.ts';
import { backoffMs, classify } from './retry.ts';
import type { TransferState } from './state.ts';

/** What a repair tells while it runs. */
export interface RepairWatch {
  /** An origin has sent what another one has right. */
  onConvicted(origin: Origin, error: LoopstickError): void;
  onDoubt(error: LoopstickError): void;
}

/**
 * Fetches wrong pieces of a metalink's list again, from one origin after the other, until one of them has what the list
 * says; who sent something else is out then. What nobody has is left to the digest of the whole file.
 */
export class PieceRepair {
  readonly #state: TransferState;
  readonly #check: PieceCheck;
  readonly #watch: RepairWatch;
  readonly #convicted = new Set<number>();
  /** How often nobody could be asked for a piece, so that it was left to the transfer. */
  readonly #unanswered = new Map<number, number>();

  constructor(state: TransferState, check: PieceCheck, watch: RepairWatch) {
    this.#state = state;
    this.#check = check;
    this.#watch = watch;
  }

  /**
   * Deals with all pieces that are known to be wrong. Nobody may be writing to the part. Some may be gaps afterwards.
   * @throws LoopstickError DOWNLOAD_PIECE_CHECKSUM when nobody has a piece and no digest of the whole can decide; the
   *   system's own errors; the signal's reason
   */
  async run(): Promise<void> {
    for (const index of this.#check.wrong) {
      // Others may have made the list implausible.
      if (this.#check.isDoubted) return;
      if (this.#convicted.has(this.#check.senderOf(index))) this.#drop(index);
      else await this.#replace(index);
    }
  }

  async #replace(index: number): Promise<void> {
    const sender = this.#check.senderOf(index);
    const wrong = new Set([sender]);
    let asked = 0;
    for (const origin of this.#witnesses(sender)) {
      const range = this.#check.rangeOf(index);
      const reached = await this.#refetch(origin, range);
      await this.#account(index, origin, reached);
      if (reached < range.end) continue;
      asked++;
      if (await this.#check.isRight(index)) {
        this.#check.accept(index);
        this.#check.judged(sender);
        this.#convict(index, wrong, origin);
        return;
      }
      wrong.add(origin.index);
    }
    this.#check.judged(sender);
    const rounds = (this.#unanswered.get(index) ?? 0) + 1;
    this.#unanswered.set(index, rounds);
    // Whoever could not be asked now may be asked when the transfer goes on.
    if (asked === 0 && rounds < this.#state.origins.length) this.#drop(index);
    else this.#doubt(index, wrong);
  }

  /** Others before those who sent it, and only who can send a part of the file. */
  #witnesses(sender: number): readonly Origin[] {
    const able = this.#state.origins.filter(
      ({ out, streamOnly, host }) =>
        !streamOnly && host.parkedFor() === 0 && (out === undefined || IDENTITY_CODES.has(out.code)),
    );
    const rank = ({ index, out }: Origin): number => (index === sender ? 2 : out === undefined ? 0 : 1);
    return able.sort((a, b) => rank(a) - rank(b));
  }

  /** Puts it into the part. Returns up to where it came. */
  async #refetch(origin: Origin, range: Range): Promise<number> {
    const { part, patience, engine, signal, limiter } = this.#state;
    const release = origin.host.open();
    let reached = range.start;
    const write = async (batch: readonly Uint8Array[], at: number): Promise<void> => {
      const length = lengthOf(batch);
      // A write that fails may have left something.
      reached = Math.max(reached, at + length);
      await part.write(batch, at);
      origin.speed.add(length);
      if (limiter.limited) await limiter.take(length, signal);
    };
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await readRange(this.#state, origin, range, write, signal);
          return reached;
        } catch (error) {
          signal.throwIfAborted();
          const kind = classify(error, patience);
          if (kind === 'local' || !isLoopstickError(error)) throw error;
          origin.failed++;
          origin.lastError = error;
          if (kind !== 'transient' || attempt >= patience.attempts) return reached;
          await sleep(backoffMs(attempt, patience, randomOf(engine)), undefined, { signal }).catch(() => {
            signal.throwIfAborted();
          });
        }
      }
    } finally {
      release();
    }
  }

  /** Notes what the map's pieces hold now that a piece of the list came from somebody else, up to `reached`. */
  async #account(index: number, { index: sender }: Origin, reached: number): Promise<void> {
    const { map, part } = this.#state;
    const { start } = this.#check.rangeOf(index);
    for (const piece of this.#check.heldBy(index)) {
      const [from, to] = [map.startOf(piece), map.endOf(piece)];
      if (reached <= Math.max(start, from)) continue;
      const isAlone = map.originOf(piece) === sender || (start <= from && to <= reached);
      const crc = crc32(await part.read(from, to - from));
      map.drop(piece);
      map.accept(piece, to - from, isAlone ? sender : MIXED, crc);
      map.wrote(from, to);
    }
  }

  #convict(index: number, wrong: ReadonlySet<number>, honest: Origin): void {
    if (honest.out !== undefined) honest.restart();
    honest.proven = true;
    const { start, end } = this.#check.rangeOf(index);
    for (const origin of this.#state.origins) {
      if (!wrong.has(origin.index) || origin === honest) continue;
      this.#convicted.add(origin.index);
      if (origin.out !== undefined) continue;
      origin.out = differentFile(origin, `bytes ${start} to ${end} do not have their digest`);
      this.#watch.onConvicted(origin, origin.out);
    }
  }

  #drop(index: number): void {
    for (const piece of this.#check.heldBy(index)) this.#state.map.drop(piece);
    this.#check.forget(index);
  }

  /** All who could be asked have something else. */
  #doubt(index: number, senders: ReadonlySet<number>): void {
    const { job, origins } = this.#state;
    if (Object.keys(job.digests).length === 0) {
      // Where several have the same, it may be the list.
      for (const sender of senders) {
        const origin = origins[sender];
        if (origin !== undefined) origin.blame = senders.size === 1 ? 'alone' : 'shared';
      }
      const range = this.#check.rangeOf(index);
      this.#drop(index);
      const mirrors = origins.map(({ name }) => name).join(' and ');
      throw failure(DOWNLOAD_ERRORS.pieceChecksum, { label: job.label, mirrors, ...range });
    }
    const told = this.#check.doubt(index, job.label);
    if (told !== undefined) this.#watch.onDoubt(told);
  }
}
