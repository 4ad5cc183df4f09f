import type { MetaInfo, TorrentFile } from './format/meta-info.ts';
import type { Swarm } from './swarm/swarm.ts';
import type { Wish } from './swarm/wanted.ts';

type Step = IteratorResult<readonly Uint8Array[], undefined>;
const DONE: Step = { done: true, value: undefined };

/** So much is fetched ahead of the reader for each byte of buffer that it allows: peers send whole pieces, side by side. */
const AHEAD = 16;
const MOST_AHEAD = 16 * 1024 * 1024;
/** With fewer, nobody would be asked while a piece is read. */
const LEAST_PIECES = 2;

export interface ReaderOptions {
  readonly swarm: Swarm;
  readonly meta: MetaInfo;
  readonly file: TorrentFile;
  /** Of the file, in bytes: `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Bytes of one batch; also bounds what is fetched ahead. */
  readonly buffer: number;
  readonly signal: AbortSignal;
  /** Called once, when nothing more is read. */
  readonly onEnd: () => void;
}

/** A range of a file, from pieces that are right, in order; fetches a few of them ahead. */
export class RangeReader implements AsyncIterableIterator<readonly Uint8Array[], undefined> {
  readonly #options: ReaderOptions;
  /** By piece, in order: those that were asked for and are not read yet. */
  readonly #wishes: { readonly piece: number; readonly wish: Wish }[] = [];
  readonly #onAbort: () => void;
  /** Within the whole content. */
  #at: number;
  readonly #end: number;
  #nextPiece: number;
  #isOver = false;

  constructor(options: ReaderOptions) {
    const { file, start, end, meta, signal } = options;
    this.#options = options;
    this.#at = file.offset + start;
    this.#end = file.offset + end;
    this.#nextPiece = Math.floor(this.#at / meta.pieceLength);
    this.#onAbort = () => {
      this.#finish();
    };
    signal.addEventListener('abort', this.#onAbort, { once: true });
    if (signal.aborted) this.#finish();
    else this.#askAhead();
  }

  /** Resolves when its first bytes are there. @throws what the swarm rejects with; the signal's reason */
  async begun(): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const [first] = this.#wishes;
    if (first !== undefined) await unlessAborted(first.wish.bytes, signal);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step> {
    const { signal, meta, buffer } = this.#options;
    if (this.#isOver || this.#at >= this.#end) {
      this.#finish();
      signal.throwIfAborted();
      return DONE;
    }
    const [first] = this.#wishes;
    if (first === undefined) return DONE;
    let bytes: Buffer;
    try {
      bytes = await unlessAborted(first.wish.bytes, signal);
    } catch (error) {
      this.#finish();
      throw error;
    }
    const from = this.#at - first.piece * meta.pieceLength;
    const batch = bytes.subarray(from, Math.min(bytes.length, from + Math.min(buffer, this.#end - this.#at)));
    this.#at += batch.length;
    if (from + batch.length >= bytes.length) {
      this.#wishes.shift();
      first.wish.drop();
    }
    if (this.#at >= this.#end) this.#finish();
    else this.#askAhead();
    return { done: false, value: [batch] };
  }

  return(): Promise<Step> {
    this.#finish();
    return Promise.resolve(DONE);
  }

  #askAhead(): void {
    const { swarm, meta, buffer } = this.#options;
    const ahead = Math.min(MOST_AHEAD, Math.max(LEAST_PIECES * meta.pieceLength, AHEAD * buffer));
    const most = Math.max(LEAST_PIECES, Math.floor(ahead / meta.pieceLength));
    while (this.#wishes.length < most && this.#nextPiece * meta.pieceLength < this.#end) {
      this.#wishes.push({ piece: this.#nextPiece, wish: swarm.want(this.#nextPiece) });
      this.#nextPiece++;
    }
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const { wish } of this.#wishes.splice(0)) wish.drop();
    this.#options.onEnd();
  }
}

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    void work.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}
