import type { Worker } from 'node:worker_threads';

import { failure } from '../engine/errors.ts';
import type { Digests, HashAlgorithm } from './digests.ts';
import {
  growingFileState,
  HASHED,
  newGrowingFileMemory,
  SIZE,
  WRITTEN,
  type GrowingFileAnswer,
  type GrowingFileState,
  type GrowingFileTask,
} from './growing-file-state.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';

// A worker needs JavaScript, also when this module runs from its source in a test: this is right from both places.
const WORKER = new URL('../../dist/verify/growing-file-worker.js', import.meta.url);

// The worker allocates next to nothing on its heap; Node would let it grow to gigabytes before it collects.
const LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 24 };

// The worker is woken for this many bytes at least, about 3 ms of SHA-256: each wake-up is a switch of threads.
const WORTH_WAKING = 4 * 1024 * 1024;

/** Follows a file while it is being written, so that its digests are there when its last byte is. */
export interface GrowingFileHasher {
  /** Bytes [0, end) of the file are written and will not change. Less than was said before changes nothing. */
  advance(end: number): void;
  /** Bytes hashed so far. */
  readonly hashed: number;
  /**
   * The digests of the first `size` bytes, which all are written; waits until the worker is there.
   * @throws the system's own errors (ENOENT, EIO, …); LoopstickError VERIFY_FILE_TOO_SHORT; the signal's reason
   */
  finish(size: number): Promise<Digests>;
  /** Ends the worker, at once. Whoever waits for `finish` is told. May be called again. */
  close(): Promise<void>;
}

/**
 * Hashes in a thread of its own, which reads what was written from the page cache. The thread starts with the first
 * `advance`, sleeps while there is nothing to do, and keeps the process alive only while `finish` waits for it.
 * Without algorithms there is none, and `finish` resolves to no digests.
 */
export function hashGrowingFile(
  path: string,
  algorithms: readonly HashAlgorithm[],
  options: { readonly signal: AbortSignal },
): GrowingFileHasher {
  return algorithms.length === 0 ? new NoHasher(options.signal) : new WorkerHasher(path, algorithms, options.signal);
}

class NoHasher implements GrowingFileHasher {
  readonly #signal: AbortSignal;
  #end = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get hashed(): number {
    return this.#end;
  }

  advance(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  async finish(): Promise<Digests> {
    this.#signal.throwIfAborted();
    return {};
  }

  async close(): Promise<void> {
    // There is nothing to end.
  }
}

class WorkerHasher implements GrowingFileHasher {
  readonly #path: string;
  readonly #algorithms: readonly HashAlgorithm[];
  readonly #signal: AbortSignal;
  readonly #memory = newGrowingFileMemory();
  readonly #state: GrowingFileState = growingFileState(this.#memory);
  #end = 0;
  #work: Promise<Digests> | undefined;
  #worker: Worker | undefined;
  #finishing = false;
  #closed = false;

  constructor(path: string, algorithms: readonly HashAlgorithm[], signal: AbortSignal) {
    this.#path = path;
    this.#algorithms = algorithms;
    this.#signal = signal;
  }

  get hashed(): number {
    return Number(Atomics.load(this.#state.bytes, HASHED));
  }

  advance(end: number): void {
    if (end <= this.#end) return;
    this.#end = end;
    Atomics.store(this.#state.bytes, WRITTEN, BigInt(end));
    void this.#begin();
    if (end - this.hashed >= WORTH_WAKING) this.#wake();
  }

  async finish(size: number): Promise<Digests> {
    this.#signal.throwIfAborted();
    if (size < this.#end) throw new RangeError(`${this.#end} bytes are hashed or soon will be, not ${size}`);
    this.advance(size);
    this.#finishing = true;
    this.#worker?.ref();
    Atomics.store(this.#state.bytes, SIZE, BigInt(size));
    this.#wake();
    return this.#begin();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    // It may be starting just now, and then sees by itself that it is not wanted.
    await this.#work?.catch(() => undefined);
  }

  #begin(): Promise<Digests> {
    if (this.#work !== undefined) return this.#work;
    const stop = (): void => void this.close();
    this.#signal.addEventListener('abort', stop);
    const work = this.#run().finally(() => {
      this.#signal.removeEventListener('abort', stop);
    });
    // Nobody may be waiting when it fails: finish tells, whenever it is called.
    work.catch(() => undefined);
    this.#work = work;
    return work;
  }

  async #run(): Promise<Digests> {
    const answer = await this.#ask();
    if (answer === undefined) {
      this.#signal.throwIfAborted();
      throw new Error('the hasher was closed before it was done');
    }
    if ('error' in answer) throw Object.assign(new Error(answer.error.message), answer.error.facts);
    if ('endsAt' in answer) {
      throw failure(VERIFY_ERRORS.fileTooShort, { file: this.#path, there: answer.endsAt, wanted: this.#end });
    }
    return Object.fromEntries(this.#algorithms.map((algorithm, index) => [algorithm, answer.digests[index]]));
  }

  /** Runs the worker to its end. Resolves to undefined when it was ended before it had an answer. */
  async #ask(): Promise<GrowingFileAnswer | undefined> {
    // Not loaded by programs that hash nothing: it costs them a millisecond at their start.
    const { Worker } = await import('node:worker_threads');
    if (this.#closed || this.#signal.aborted) return undefined;
    const task: GrowingFileTask = { path: this.#path, algorithms: this.#algorithms, memory: this.#memory };
    // Without the arguments of this process: a loader or an inspector there is not meant for the worker.
    const worker = new Worker(WORKER, { workerData: task, resourceLimits: LIMITS, execArgv: [] });
    this.#worker = worker;
    const answered = new Promise<GrowingFileAnswer | undefined>((resolve, reject) => {
      let answer: GrowingFileAnswer | undefined;
      worker.once('message', (message: GrowingFileAnswer) => {
        answer = message;
      });
      worker.once('error', reject);
      worker.once('exit', () => {
        this.#worker = undefined;
        resolve(answer);
      });
    });
    // After the listeners, because one for messages would undo it.
    if (!this.#finishing) worker.unref();
    return answered;
  }

  #wake(): void {
    Atomics.add(this.#state.wake, 0, 1);
    Atomics.notify(this.#state.wake, 0);
  }
}
