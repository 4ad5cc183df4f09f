import { BLOCK_BYTES, type Block } from './wire.ts';

/** One piece that one peer is asked for, all of it: when its hash is wrong, it is known whose fault that is. */
export class PieceTask {
  readonly piece: number;
  readonly bytes: Buffer;
  readonly startedAt: number;
  #asked = 0;
  #received = 0;
  /** Offsets of blocks that were asked for and have not come. */
  readonly #pending = new Set<number>();

  constructor(piece: number, length: number, startedAt: number) {
    this.piece = piece;
    this.bytes = Buffer.allocUnsafe(length);
    this.startedAt = startedAt;
  }

  get left(): number {
    return this.bytes.length - this.#received;
  }

  /** Whether nothing of it has come. */
  get isUntouched(): boolean {
    return this.#received === 0;
  }

  get isAskedFor(): boolean {
    return this.#asked >= this.bytes.length;
  }

  /** What was asked for and has not come. */
  get pending(): readonly Block[] {
    return [...this.#pending].map((offset) => this.#blockAt(offset));
  }

  /** The next block to ask for. */
  next(): Block {
    const block = this.#blockAt(this.#asked);
    this.#asked += block.length;
    this.#pending.add(block.offset);
    return block;
  }

  /** False when nobody has asked for this. */
  take(offset: number, data: Buffer): boolean {
    if (!this.#pending.has(offset) || this.#blockAt(offset).length !== data.length) return false;
    this.#pending.delete(offset);
    data.copy(this.bytes, offset);
    this.#received += data.length;
    return true;
  }

  #blockAt(offset: number): Block {
    return { piece: this.piece, offset, length: Math.min(BLOCK_BYTES, this.bytes.length - offset) };
  }
}
