import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { Origin } from './origin.ts';
import type { OriginJudge } from './origin-judge.ts';
import { agreesWith, probe, type Mismatch } from './probe.ts';
import type { TransferState } from './state.ts';

/** Makes sure that what an origin sends belongs to what is here (docs/decisions/0024). */
export class OriginProof {
  readonly #state: TransferState;
  readonly #judge: OriginJudge;
  readonly #onCondemned: (condemned: Origin, error: LoopstickError, next: Origin) => void;
  /** Whether bytes of an earlier run are here, which every origin has to agree with. */
  readonly #resumed: boolean;

  /** @param onCondemned an origin was given up because two others have something else */
  constructor(
    state: TransferState,
    judge: OriginJudge,
    onCondemned: (condemned: Origin, error: LoopstickError, next: Origin) => void,
  ) {
    this.#state = state;
    this.#judge = judge;
    this.#onCondemned = onCondemned;
    this.#resumed = state.map.done > 0;
  }

  /** Before a lease is begun: makes sure that the origin has the same file. @throws LoopstickError of the mirror */
  async prove(origin: Origin, signal: AbortSignal): Promise<void> {
    const { map, origins, level } = this.#state;
    if (origin.proven || origin.streamOnly || level !== 'digest') return;
    // Its own bytes of an earlier run are compared as well, unless If-Range does that.
    const own = this.#resumed && origin.ifRange === undefined;
    try {
      const compared = await probe(this.#state, origin, (piece) => own || map.originOf(piece) !== origin.index, signal);
      if (compared || origins.length === 1) origin.proven = true;
    } catch (error) {
      if (!isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code)) throw error;
      // Without samples to show, as when the size is another one, nobody has to be asked.
      const mismatch = error.cause as Mismatch | undefined;
      if (mismatch === undefined || !(await this.#outvote(origin, mismatch, signal))) throw error;
    }
  }

  /**
   * Two origins differ, and one of them is wrong: a third one may say which. True when it was the one whose bytes are
   * here, which is given up then.
   */
  async #outvote(origin: Origin, mismatch: Mismatch, signal: AbortSignal): Promise<boolean> {
    const { map, origins } = this.#state;
    const holder = origins[map.originOf(map.pieceAt(mismatch.start))];
    if (holder === undefined || holder === origin || holder.out !== undefined) return false;
    const third = origins.find(
      (one) =>
        one !== origin && one !== holder && one.out === undefined && !one.streamOnly && one.host.parkedFor() === 0,
    );
    if (third === undefined || !(await agreesWith(this.#state, third, mismatch, signal))) return false;
    const problem = `bytes ${mismatch.start} to ${mismatch.end} are not those of two other mirrors`;
    const error = this.#judge.condemn(holder, problem);
    this.#onCondemned(holder, error, origin);
    return true;
  }

  /** An answer does not agree with earlier ones of this origin. Returns when it is the same file all the same. */
  async reconsider(origin: Origin, signal: AbortSignal): Promise<void> {
    const changed = this.#judge.changed(origin);
    if (this.#state.level !== 'digest') throw changed;
    try {
      // Nothing to compare: then nothing of the former state is here either.
      if (await probe(this.#state, origin, () => true, signal)) origin.unstable = true;
      else origin.forget();
    } catch (error) {
      throw isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code) ? changed : error;
    }
  }
}
