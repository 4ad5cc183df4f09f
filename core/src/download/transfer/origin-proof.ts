import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { Origin } from './origin.ts';
import type { OriginJudge } from './origin-judge.ts';
import { agreesWith, isOutvoted, probe, type Mismatch } from './probe.ts';
import type { TransferState } from './state.ts';

/** Who takes longer to send a sample is not waited for, as long as somebody else can be asked. */
const VOTE_MS = 3_000;

/** Makes sure that what an origin sends belongs to what is here (docs/decisions/0024). */
export class OriginProof {
  readonly #state: TransferState;
  readonly #judge: OriginJudge;
  readonly #onCondemned: (condemned: Origin, error: LoopstickError, next: Origin) => void;
  /** Whether bytes of an earlier run are here, which every origin has to agree with. */
  readonly #resumed: boolean;
  /** What is being compared; settles when that has ended, however. */
  readonly #running = new Map<Origin, Promise<void>>();
  /** Pieces of several origins that are wrong, and could not be dropped. */
  readonly #wrong = new Set<number>();

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

  /**
   * Before a lease is begun: makes sure that the origin has the same file. What is being compared for one of its
   * connections is not asked for by another one as well. @throws LoopstickError of the mirror
   */
  async prove(origin: Origin, signal: AbortSignal): Promise<void> {
    for (let other = this.#running.get(origin); other !== undefined; other = this.#running.get(origin)) {
      await unlessAborted(other, signal);
    }
    if (origin.proven || origin.streamOnly || this.#state.level !== 'digest') return;
    const running = this.#prove(origin, signal);
    const ended = running
      .catch(() => undefined)
      .finally(() => {
        this.#running.delete(origin);
      });
    this.#running.set(origin, ended);
    await running;
  }

  async #prove(origin: Origin, signal: AbortSignal): Promise<void> {
    const { map, origins } = this.#state;
    // Its own bytes of an earlier run are compared as well, unless If-Range does that.
    const own = this.#resumed && origin.ifRange === undefined;
    const isReference = (piece: number): boolean =>
      this.#isTrusted(piece) && (own || map.originOf(piece) !== origin.index);
    for (;;) {
      try {
        const compared = await probe(this.#state, origin, isReference, signal);
        if (compared || origins.length === 1) origin.proven = true;
        return;
      } catch (error) {
        if (!isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code)) throw error;
        // Without samples to show, as when the size is another one, nobody has to be asked.
        const mismatch = error.cause as Mismatch | undefined;
        if (mismatch === undefined || (await this.#outvote(origin, mismatch, signal)) === 'out') throw error;
      }
    }
  }

  /** Whether a piece is not known to be wrong. */
  #isTrusted(piece: number): boolean {
    const { map, origins } = this.#state;
    return !this.#wrong.has(piece) && !isOutvoted(origins[map.originOf(piece)]);
  }

  /**
   * Two origins differ, and one of them is wrong: a third one may say which. `again` when it was the one whose bytes are
   * here, which is given up then, or when they are not here any more. When nobody can say, what is here stays, and the
   * digest of the whole will tell.
   */
  async #outvote(origin: Origin, mismatch: Mismatch, signal: AbortSignal): Promise<'out' | 'again'> {
    const holder = this.#state.origins[mismatch.holder];
    if (holder === origin) return 'out';
    const isSettled = (): boolean => isOutvoted(holder) || !mismatch.isCurrent();
    if (isSettled()) return 'again';
    const verdict = await this.#askOthers(origin, holder, mismatch, isSettled, signal);
    // The vote was about bytes that somebody else may have proven wrong meanwhile.
    if (isSettled()) return 'again';
    if (verdict !== true) {
      origin.isDoubted = verdict === undefined;
      return 'out';
    }
    if (holder === undefined) {
      this.#giveUp(mismatch);
      return 'again';
    }
    const problem = `bytes ${mismatch.start} to ${mismatch.end} are not those of two other mirrors`;
    const error = this.#judge.condemn(holder, problem);
    this.#onCondemned(holder, error, origin);
    return 'again';
  }

  /**
   * Whether what is here is wrong, by the first one who answers soon, or who has delivered before and answers at all;
   * undefined when nobody does. Others wait for it meanwhile.
   */
  async #askOthers(
    origin: Origin,
    holder: Origin | undefined,
    mismatch: Mismatch,
    isSettled: () => boolean,
    signal: AbortSignal,
  ): Promise<boolean | undefined> {
    const others = this.#state.origins.filter((one) => one !== origin && one !== holder);
    const hasDelivered = ({ speed }: Origin): number => (speed.total > 0 ? 1 : 0);
    others.sort((a, b) => hasDelivered(b) - hasDelivered(a) || a.host.wait() - b.host.wait());
    const turns = [
      ...others.map((third) => ({ third, mostMs: VOTE_MS })),
      ...others.flatMap((third) => (hasDelivered(third) > 0 ? { third, mostMs: undefined } : [])),
    ];
    for (const { third, mostMs } of turns) {
      if (!mayVote(third)) continue;
      const isRight = await agreesWith(this.#state, third, mismatch, signal, mostMs);
      signal.throwIfAborted();
      if (isRight !== undefined || isSettled()) return isRight;
    }
    return undefined;
  }

  /** A piece of several origins is wrong, nobody knows whose part of it. */
  #giveUp({ start }: Mismatch): void {
    const { map, leases } = this.#state;
    const piece = map.pieceAt(start);
    // While somebody writes to it, it stays, and the digest of the whole has to tell.
    if (leases.isTaken(piece)) this.#wrong.add(piece);
    else map.drop(piece);
  }

  /** An answer does not agree with earlier ones of this origin. Returns when it is the same file all the same. */
  async reconsider(origin: Origin, signal: AbortSignal): Promise<void> {
    const changed = this.#judge.changed(origin);
    if (this.#state.level !== 'digest') throw changed;
    try {
      // Nothing to compare: then nothing of the former state is here either.
      if (await probe(this.#state, origin, (piece) => this.#isTrusted(piece), signal)) origin.unstable = true;
      else origin.forget();
    } catch (error) {
      throw isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code) ? changed : error;
    }
  }
}

function mayVote({ out, streamOnly, host }: Origin): boolean {
  return out === undefined && !streamOnly && host.parkedFor() === 0;
}

/** @throws the signal's reason */
function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
