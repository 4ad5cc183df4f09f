import type { Store } from './store.ts';

/** Where the bytes of a body come from. */
export interface Source {
  /** Takes nothing more from the network until `resume`. */
  pause(): void;
  resume(): void;
  /** Lets go of the connection at once. */
  close(): void;
}

type Step = IteratorResult<readonly Uint8Array[], undefined>;

const DONE: Step = { done: true, value: undefined };

/**
 * The bytes of an answer on their way to one reader, in batches of whatever has arrived. The source is paused while
 * `limit` bytes are unread, so that is what it holds, and one read of the socket.
 */
export class Body implements AsyncIterableIterator<readonly Uint8Array[], undefined> {
  readonly #source: Source;
  readonly #limit: number;
  readonly #store: Store;
  #isPaused = false;
  /** Bytes that may still come. */
  #left = Infinity;
  #tooLong: (() => Error) | undefined;
  /** Nothing comes any more; an error is thrown once everything was read. */
  #end: { readonly error?: unknown } | undefined;
  #reader: { readonly resolve: (step: Step) => void; readonly reject: (error: unknown) => void } | undefined;
  #wakeUp: NodeJS.Immediate | undefined;

  constructor(source: Source, store: Store, limit: number) {
    this.#source = source;
    this.#store = store;
    this.#limit = limit;
  }

  /** So many bytes were announced: the reader gets not one more, but an error. */
  expect(length: number, tooLong: () => Error): void {
    this.#left = length;
    this.#tooLong = tooLong;
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined || chunk.length === 0) return;
    this.#store.add(chunk);
    if (this.#store.size >= this.#limit && !this.#isPaused) {
      this.#isPaused = true;
      this.#source.pause();
    }
    // At the end of this turn of the event loop, in which more may arrive.
    if (this.#reader !== undefined) this.#wakeUp ??= setImmediate(this.#answer);
  }

  /** Everything has arrived. */
  end(): void {
    this.#finish({});
  }

  /** Broken off. What has arrived before is still read. */
  fail(error: unknown): void {
    this.#finish({ error });
  }

  /** Ends it at once; the reader gets this error and nothing more. */
  abort(error: unknown): void {
    this.#store.clear();
    this.#end = { error };
    this.#source.close();
    this.#answer();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    this.#store.reclaim();
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      if (this.#store.size > 0 || this.#end !== undefined) this.#answer();
    });
  }

  return(): Promise<Step> {
    const isOver = this.#end !== undefined;
    this.#store.clear();
    this.#end = {};
    if (!isOver) this.#source.close();
    this.#answer();
    return Promise.resolve(DONE);
  }

  #finish(end: { readonly error?: unknown }): void {
    this.#end ??= end;
    if (this.#reader !== undefined) this.#wakeUp ??= setImmediate(this.#answer);
  }

  readonly #answer = (): void => {
    clearImmediate(this.#wakeUp);
    this.#wakeUp = undefined;
    const reader = this.#reader;
    if (reader === undefined) return;
    this.#reader = undefined;
    const batch = this.#store.size > 0 ? this.#take() : [];
    if (batch.length > 0) {
      reader.resolve({ done: false, value: batch });
    } else if (this.#end !== undefined && 'error' in this.#end) {
      const { error } = this.#end;
      // An error is told once; after it, the iteration is over.
      this.#end = {};
      reader.reject(error);
    } else {
      reader.resolve(DONE);
    }
  };

  #take(): readonly Uint8Array[] {
    const { size } = this.#store;
    const chunks = this.#store.take();
    const excess = size - this.#left;
    this.#left -= size;
    if (excess > 0) return this.#cut(chunks, excess);
    if (this.#isPaused) {
      this.#isPaused = false;
      // More can arrive within this call.
      this.#source.resume();
    }
    return chunks;
  }

  /** Without the bytes that nobody asked for; the next read says so. */
  #cut(chunks: Uint8Array[], excess: number): readonly Uint8Array[] {
    const isOver = this.#end !== undefined;
    this.#end = { error: this.#tooLong?.() };
    if (!isOver) this.#source.close();
    for (let rest = excess; rest > 0;) {
      const last = chunks.pop();
      if (last === undefined) break;
      if (last.length > rest) chunks.push(last.subarray(0, last.length - rest));
      rest -= last.length;
    }
    return chunks;
  }
}
