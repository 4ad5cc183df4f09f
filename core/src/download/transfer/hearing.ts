import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

import { failure, isLoopstickError } from '../../engine/errors.ts';
import { formatBytes } from '../../engine/units.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { lengthOf } from '../part/part-file.ts';
import type { Examination, Question, Replacement } from './examination.ts';
import type { Origin } from './origin.ts';
import { asConnection } from './probe.ts';
import { randomOf } from './random.ts';
import { readRange } from './read-range.ts';
import { backoffMs, classify } from './retry.ts';
import type { TransferState } from './state.ts';

/** Connections to one mirror, when nobody says how many. */
const PER_MIRROR = 2;
/** For one piece: others are faster, or it is not worth the wait. */
const LONGEST_MS = 60_000;

/** Whether an origin can be asked for single pieces now. Who asked for patience gets it. */
export function canTestify({ out, streamOnly, host }: Origin): boolean {
  return out === undefined && !streamOnly && host.parkedFor() === 0;
}

/** One round of an examination: asks all origins that can be asked at once, each for what the examination wants of it. */
export class Hearing {
  readonly #state: TransferState;
  readonly #examination: Examination;
  readonly #onHeard: () => void;
  readonly #end = new AbortController();
  #wake: () => void = () => undefined;
  #changed: Promise<void> = Promise.resolve();
  /** Answers are dealt with one after the other. */
  #turn: Promise<void> = Promise.resolve();

  /** @param onHeard after each answer; the file may have been changed by it */
  constructor(state: TransferState, examination: Examination, onHeard: () => void) {
    this.#state = state;
    this.#examination = examination;
    this.#onHeard = onHeard;
    this.#notify();
  }

  /**
   * Until nothing is left to ask, or `end` is called. Nobody else may be writing to the part.
   * @param most connections
   * @throws the system's own errors; the signal's reason
   */
  async run(most: number): Promise<void> {
    const { origins, signal } = this.#state;
    const witnesses = origins.filter(canTestify).sort((a, b) => (b.lastSpeed ?? 0) - (a.lastSpeed ?? 0));
    const slots = connectionsTo(witnesses, this.#state.perMirror ?? PER_MIRROR).slice(0, most);
    this.#examination.call(slots.map(({ index }) => index));
    await allOf(
      [...new Set(slots)].map((origin) => this.#hear(origin, slots.filter((slot) => slot === origin).length)),
    );
    signal.throwIfAborted();
  }

  end(): void {
    this.#end.abort(new Error('enough is known'));
  }

  async #hear(origin: Origin, connections: number): Promise<void> {
    const { clock } = this.#state;
    const begun = clock();
    try {
      await allOf(Array.from({ length: connections }, () => this.#ask(origin)));
    } catch (error) {
      if (error === this.#end.signal.reason) return;
      this.end();
      throw error;
    } finally {
      origin.busyMs += clock() - begun;
      this.#examination.dismiss(origin.index);
      this.#notify();
    }
  }

  /** One connection's work. */
  async #ask(origin: Origin): Promise<void> {
    // Of its own: many listeners to one signal are warned of.
    const signal = AbortSignal.any([this.#state.signal, this.#end.signal]);
    while (!signal.aborted) {
      const question = this.#examination.next(origin.index);
      if (question === undefined) {
        if (this.#examination.isOver) this.end();
        else await this.#changed;
        continue;
      }
      try {
        const bytes = await this.#fetch(origin, question, signal);
        if (bytes === undefined) {
          // Neither the votes nor who fills the gaps afterwards shall wait for minutes for one that only fails.
          if (origin.host.isBroken) origin.out ??= origin.lastError;
          return;
        }
        await this.#answer(question, origin, bytes);
      } finally {
        this.#examination.unanswered(question.piece, origin.index);
        this.#notify();
      }
    }
  }

  #answer(question: Question, origin: Origin, bytes: Buffer): Promise<void> {
    const answered = this.#turn.then(async () => {
      const { map, part } = this.#state;
      const { piece } = question;
      // What is no longer there is not what anybody has.
      const here = await part.read(map.startOf(piece), map.isDone(piece) ? map.lengthOf(piece) : 0);
      await replace(this.#state, this.#examination.heard(question, origin.index, here, bytes));
      this.#onHeard();
    });
    this.#turn = answered.catch(() => undefined);
    return answered;
  }

  /** Undefined when it could not be had. */
  async #fetch(origin: Origin, question: Question, signal: AbortSignal): Promise<Buffer | undefined> {
    const { map, patience, engine, limiter, clock } = this.#state;
    const start = map.startOf(question.piece);
    const range = { start: start + question.start, end: start + question.end };
    for (let attempt = 1; ; attempt++) {
      const bytes = Buffer.allocUnsafe(range.end - range.start);
      const until = clock() + LONGEST_MS;
      let filled = 0;
      const keep = async (batch: readonly Uint8Array[]): Promise<void> => {
        if (clock() > until)
          throw failure(DOWNLOAD_ERRORS.tooSlow, {
            mirror: origin.name,
            speed: formatBytes(Math.round((filled / LONGEST_MS) * 1000)),
          });
        for (const chunk of batch) {
          bytes.set(chunk, filled);
          filled += chunk.length;
        }
        origin.speed.add(lengthOf(batch));
        if (limiter.limited) await limiter.take(lengthOf(batch), signal);
      };
      const read = (): Promise<number> => readRange(this.#state, origin, range, keep, signal);
      try {
        await asConnection(this.#state, origin, read, signal);
        return filled === bytes.length ? bytes : undefined;
      } catch (error) {
        signal.throwIfAborted();
        const kind = classify(error, patience);
        if (kind === 'local' || !isLoopstickError(error)) throw error;
        origin.failed++;
        origin.lastError = error;
        if (kind !== 'transient' || attempt >= patience.attempts || clock() > until) return undefined;
        await sleep(backoffMs(attempt, patience, randomOf(engine)), undefined, { signal }).catch(() => {
          signal.throwIfAborted();
        });
      }
    }
  }

  /** Something has happened that others may wait for. */
  #notify(): void {
    this.#wake();
    this.#changed = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Puts other bytes into the file, and into its account. */
export async function replace({ map, part }: TransferState, replacements: readonly Replacement[]): Promise<void> {
  for (const { piece, origin, bytes } of replacements) {
    const [start, end] = [map.startOf(piece), map.endOf(piece)];
    // Before it is written: whoever reads the file meanwhile has read something else.
    map.drop(piece);
    map.accept(piece, end - start, origin, crc32(bytes));
    await part.write([bytes], start);
    map.wrote(start, end);
  }
}

/** First one to each, the fastest first, then the second to each, and so on. */
function connectionsTo(origins: readonly Origin[], perMirror: number): Origin[] {
  const rounds = Array.from({ length: perMirror }, (_, round) => origins.filter(({ host }) => host.cap > round));
  return rounds.flat();
}

/** Waits for all, whatever becomes of some: nobody may be at work afterwards. @throws what the first one failed with */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason as Error;
}
