/** Pieces that are right and may be wanted again soon: two ranges seldom meet where two pieces do. The oldest goes first. */
export class PieceCache {
  readonly #most: number;
  readonly #pieces = new Map<number, Buffer>();
  #bytes = 0;

  /** @param most in bytes; one piece is kept even if it is longer */
  constructor(most: number) {
    this.#most = most;
  }

  get(piece: number): Buffer | undefined {
    const bytes = this.#pieces.get(piece);
    if (bytes === undefined) return undefined;
    this.#pieces.delete(piece);
    this.#pieces.set(piece, bytes);
    return bytes;
  }

  add(piece: number, bytes: Buffer): void {
    this.#pieces.set(piece, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, old] of this.#pieces) {
      if (this.#bytes <= this.#most || this.#pieces.size === 1) break;
      this.#pieces.delete(oldest);
      this.#bytes -= old.length;
    }
  }

  clear(): void {
    this.#pieces.clear();
    this.#bytes = 0;
  }
}
