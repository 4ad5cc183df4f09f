/** A piece that somebody waits for. */
export interface Wish {
  readonly bytes: Promise<Buffer>;
  /** Nobody waits any more; to be called once, whatever came of it. */
  drop(): void;
}

interface Wanted {
  readonly bytes: Promise<Buffer>;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: unknown) => void;
  waiting: number;
}

/** Pieces that are wanted, in the order in which they are needed. Who wants the same one waits for the same one. */
export class WantedPieces {
  readonly #wanted = new Map<number, Wanted>();
  readonly #onDropped: (piece: number) => void;

  /** @param onDropped a piece is not wanted any more */
  constructor(onDropped: (piece: number) => void) {
    this.#onDropped = onDropped;
  }

  has(piece: number): boolean {
    return this.#wanted.has(piece);
  }

  add(piece: number): Wish {
    const wanted = this.#wanted.get(piece) ?? this.#begin(piece);
    wanted.waiting++;
    let isDropped = false;
    return {
      bytes: wanted.bytes,
      drop: () => {
        if (isDropped) return;
        isDropped = true;
        if (--wanted.waiting > 0 || this.#wanted.get(piece) !== wanted) return;
        this.#wanted.delete(piece);
        this.#onDropped(piece);
      },
    };
  }

  fulfil(piece: number, bytes: Buffer): void {
    const wanted = this.#wanted.get(piece);
    this.#wanted.delete(piece);
    wanted?.resolve(bytes);
  }

  rejectAll(error: unknown): void {
    const all = [...this.#wanted.values()];
    this.#wanted.clear();
    for (const { reject } of all) reject(error);
  }

  #begin(piece: number): Wanted {
    let resolve: Wanted['resolve'] = () => undefined;
    let reject: Wanted['reject'] = () => undefined;
    const bytes = new Promise<Buffer>((fulfil, fail) => {
      resolve = fulfil;
      reject = fail;
    });
    // Whoever waits hears of it; that nobody does at the moment is no accident.
    bytes.catch(() => undefined);
    const wanted = { bytes, resolve, reject, waiting: 0 };
    this.#wanted.set(piece, wanted);
    return wanted;
  }
}
