import type { ChunkStore, StoreAnswer, StoreRange } from 'webtorrent';

/** Hands out each piece as it comes, and has none. */
export class PassingStore implements ChunkStore {
  readonly chunkLength: number;
  readonly #onPiece: (piece: number, bytes: Uint8Array) => void;

  constructor(chunkLength: number, onPiece: (piece: number, bytes: Uint8Array) => void) {
    this.chunkLength = chunkLength;
    this.#onPiece = onPiece;
  }

  put(piece: number, bytes: Uint8Array, done: StoreAnswer): void {
    this.#onPiece(piece, bytes);
    done(null);
  }

  get(_piece: number, _range: StoreRange | null, done: StoreAnswer): void {
    done(new Error('it was handed out'));
  }

  close(done?: () => void): void {
    done?.();
  }

  destroy(done?: () => void): void {
    done?.();
  }
}

/** Asks for the bytes of what is given whenever somebody wants them. */
export class AskingStore extends PassingStore {
  readonly #ask: (start: number, end: number) => Promise<Uint8Array>;

  /** @param ask for bytes [start, end) of the content */
  constructor(chunkLength: number, ask: (start: number, end: number) => Promise<Uint8Array>) {
    super(chunkLength, () => undefined);
    this.#ask = ask;
  }

  override get(piece: number, range: StoreRange | null, done: StoreAnswer): void {
    const start = piece * this.chunkLength + (range?.offset ?? 0);
    this.#ask(start, start + (range?.length ?? this.chunkLength)).then(
      (bytes) => {
        done(null, bytes);
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  }
}
