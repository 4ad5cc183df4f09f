/** Bytes of a block. */
const BLOCK: number = 256 * 1024;

/** More than this is left to the garbage collector, in blocks. */
const MOST_FREE = 128;

/** Memory that is used again and again: what V8 allocates and frees at the speed of a network, it frees late. */
export class BlockPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BLOCK);
  }

  /** Nobody may use it any more. */
  give(blocks: readonly Buffer[]): void {
    this.#free.push(...blocks.slice(0, MOST_FREE - this.#free.length));
  }
}
