import type { BlockPool } from './block-pool.ts';

/** Keeps what has arrived until it is taken. It copies, because the memory of what arrives is used again at once. */
export interface Store {
  readonly size: number;
  add(bytes: Uint8Array): void;
  /** Everything so far. */
  take(): Uint8Array[];
  /** The reader is done with what it has taken. */
  reclaim(): void;
  /** Forgets what is in it. */
  clear(): void;
}

/** What is taken is the reader's for good. */
export class PlainStore implements Store {
  #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(bytes: Uint8Array): void {
    const copy = Buffer.allocUnsafeSlow(bytes.length);
    copy.set(bytes);
    this.#chunks.push(copy);
    this.#size += bytes.length;
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.clear();
    return chunks;
  }

  reclaim(): void {
    // It is not ours any more.
  }

  clear(): void {
    this.#chunks = [];
    this.#size = 0;
  }
}

/** What is taken has to be given back by `reclaim`. */
export class PooledStore implements Store {
  readonly #pool: BlockPool;
  #blocks: Buffer[] = [];
  /** Bytes of the last block that are used. */
  #used = 0;
  #size = 0;
  #lent: Buffer[] = [];

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  get size(): number {
    return this.#size;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      let block = this.#blocks.at(-1);
      if (block === undefined || this.#used === block.length) {
        block = this.#pool.take();
        this.#blocks.push(block);
        this.#used = 0;
      }
      const share = bytes.subarray(at, at + block.length - this.#used);
      block.set(share, this.#used);
      this.#used += share.length;
      at += share.length;
    }
    this.#size += bytes.length;
  }

  take(): Uint8Array[] {
    const blocks = this.#blocks;
    const chunks = blocks.map((block, index) => (index < blocks.length - 1 ? block : block.subarray(0, this.#used)));
    this.#lent.push(...blocks);
    this.#blocks = [];
    this.#size = 0;
    return chunks;
  }

  reclaim(): void {
    this.#pool.give(this.#lent);
    this.#lent = [];
  }

  clear(): void {
    this.#pool.give(this.#blocks);
    this.#blocks = [];
    this.#size = 0;
  }
}
