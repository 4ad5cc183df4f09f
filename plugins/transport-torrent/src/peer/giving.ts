import type { RateLimiter } from '@loopstick/core';

import { lengthOfPiece, type MetaInfo } from '../format/meta-info.ts';
import type { Bits } from './bits.ts';
import type { Block, Wire } from './wire.ts';

/** What can be given to others: always whole pieces that are known to be right. */
export interface Store {
  readonly has: Bits;
  /** Undefined when it is not there any more. */
  read(start: number, end: number): Promise<Uint8Array | undefined>;
}

/** Nobody asks for more at once who means well. */
const MOST_QUEUED = 2000;
const LONGEST_BLOCK = 64 * 1024;

/** Gives blocks to one peer, in the order in which it asks. */
export class Giving {
  readonly #wire: Wire;
  readonly #meta: MetaInfo;
  readonly #store: Store;
  readonly #limiter: RateLimiter;
  readonly #onGiven: (bytes: number) => void;
  readonly #ended = new AbortController();
  readonly #queue: Block[] = [];
  #isBusy = false;

  constructor(wire: Wire, meta: MetaInfo, store: Store, limiter: RateLimiter, onGiven: (bytes: number) => void) {
    this.#wire = wire;
    this.#meta = meta;
    this.#store = store;
    this.#limiter = limiter;
    this.#onGiven = onGiven;
  }

  end(): void {
    this.#queue.length = 0;
    this.#ended.abort(new Error('the peer has gone'));
  }

  /** @throws Error when the request is none that makes sense */
  ask(block: Block): void {
    const { piece, offset, length } = block;
    const isWithin = this.#store.has.has(piece) && offset + length <= lengthOfPiece(this.#meta, piece);
    if (!isWithin || length === 0 || length > LONGEST_BLOCK) throw new Error('it asks for what is not there');
    if (this.#queue.length >= MOST_QUEUED) throw new Error('it asks for too much at once');
    this.#queue.push(block);
    void this.#pump();
  }

  cancel({ piece, offset, length }: Block): void {
    const at = this.#queue.findIndex(
      (block) => block.piece === piece && block.offset === offset && block.length === length,
    );
    if (at >= 0) this.#queue.splice(at, 1);
  }

  async #pump(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let block = this.#queue.shift(); block !== undefined; block = this.#queue.shift()) {
        const { piece, offset, length } = block;
        await this.#limiter.take(length, this.#ended.signal);
        const start = piece * this.#meta.pieceLength + offset;
        const bytes = await this.#store.read(start, start + length);
        if (bytes === undefined) throw new Error('what was given is gone');
        this.#wire.block(piece, offset, bytes);
        this.#onGiven(length);
        await this.#wire.drained();
      }
    } catch (error) {
      // A peer that has gone, or a disk that fails: neither is worth more than this connection.
      this.#wire.close(error instanceof Error ? error : undefined);
    } finally {
      this.#isBusy = false;
    }
  }
}
