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
      const came = await this.#refetch(origin, this.#check.rangeOf(index));
      await this.#account(index, origin);
      if (!came) continue;
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
    else this.#doubt(index);
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

  /** Whether all of it came. It lies in the part then; otherwise a part of it may. */
  async #refetch(origin: Origin, range: Range): Promise<boolean> {
    const { part, patience, engine, signal, limiter } = this.#state;
    const release = origin.host.open();
    const write = async (batch: readonly Uint8Array[], at: number): Promise<void> => {
      const length = lengthOf(batch);
      await part.write(batch, at);
      origin.speed.add(length);
      if (limiter.limited) await limiter.take(length, signal);
    };
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return (await readRange(this.#state, origin, range, write, signal)) === range.end - range.start;
        } catch (error) {
          signal.throwIfAborted();
          const kind = classify(error, patience);
          if (kind === 'local' || !isLoopstickError(error)) throw error;
          origin.failed++;
          origin.lastError = error;
          if (kind !== 'transient' || attempt >= patience.attempts) return false;
          await sleep(backoffMs(attempt, patience, randomOf(engine)), undefined, { signal }).catch(() => {
            signal.throwIfAborted();
          });
        }
      }
    } finally {
      release();
    }
  }

  /** Notes what the map's pieces hold now. */
  async #account(index: number, { index: sender }: Origin): Promise<void> {
    const { map, part } = this.#state;
    const { start, end } = this.#check.rangeOf(index);
    for (const piece of this.#check.heldBy(index)) {
      const [from, to] = [map.startOf(piece), map.endOf(piece)];
      const isAlone = map.originOf(piece) === sender || (start <= from && to <= end);
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
  #doubt(index: number): void {
    const { job, origins } = this.#state;
    if (Object.keys(job.digests).length === 0) {
      const range = this.#check.rangeOf(index);
      this.#drop(index);
      const mirrors = origins.map(({ name }) => name).join(' and ');
      throw failure(DOWNLOAD_ERRORS.pieceChecksum, { label: job.label, mirrors, ...range });
    }
    const told = this.#check.doubt(index, job.label);
    if (told !== undefined) this.#watch.onDoubt(told);
  }
}
