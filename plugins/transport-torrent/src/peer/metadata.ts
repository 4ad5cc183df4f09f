import { createHash } from 'node:crypto';

import { MOST_TORRENT_BYTES } from '../format/meta-info.ts';
import { BLOCK_BYTES, type MetadataMessage, type Wire } from './wire.ts';

/** What is given of one's own `info` to one peer: a few times all of it. */
const MOST_GIVEN = 4;
const NOTHING: Buffer = Buffer.alloc(0);

/** Fetches the `info` dictionary from one peer (BEP 9), all of it from the same one, so that it is known who lies. */
export class MetadataFetch {
  readonly #infoHash: string;
  readonly #onDone: (info: Buffer) => void;
  readonly #parts: (Buffer | undefined)[];
  readonly #size: number;

  /** @throws Error when it cannot be of this size */
  constructor(wire: Wire, infoHash: string, size: number, onDone: (info: Buffer) => void) {
    if (size > MOST_TORRENT_BYTES) throw new Error('its metadata is too large');
    this.#infoHash = infoHash;
    this.#onDone = onDone;
    this.#size = size;
    this.#parts = new Array<Buffer | undefined>(Math.ceil(size / BLOCK_BYTES)).fill(undefined);
    for (const piece of this.#parts.keys()) wire.metadata({ type: 'request', piece, data: NOTHING });
  }

  /** @throws Error when the peer does not give it, or something else */
  take({ type, piece, data }: MetadataMessage): void {
    if (type === 'reject') throw new Error('it does not give its metadata');
    if (type !== 'data' || piece >= this.#parts.length || this.#parts[piece] !== undefined) return;
    if (data.length !== Math.min(BLOCK_BYTES, this.#size - piece * BLOCK_BYTES))
      throw new Error('its metadata is torn');
    this.#parts[piece] = Buffer.from(data);
    if (this.#parts.includes(undefined)) return;
    const info = Buffer.concat(this.#parts as Buffer[]);
    if (createHash('sha1').update(info).digest('hex') !== this.#infoHash) throw new Error('its metadata is forged');
    this.#onDone(info);
  }
}

/** Gives one's own `info` to one peer. */
export class MetadataGift {
  readonly #wire: Wire;
  readonly #info: Buffer;
  #left: number;

  constructor(wire: Wire, info: Buffer) {
    this.#wire = wire;
    this.#info = info;
    this.#left = MOST_GIVEN * Math.ceil(info.length / BLOCK_BYTES);
  }

  answer({ type, piece }: MetadataMessage): void {
    if (type !== 'request') return;
    const start = piece * BLOCK_BYTES;
    if (start >= this.#info.length || this.#left-- <= 0) {
      this.#wire.metadata({ type: 'reject', piece, data: NOTHING });
      return;
    }
    const data = this.#info.subarray(start, start + BLOCK_BYTES);
    this.#wire.metadata({ type: 'data', piece, data }, this.#info.length);
  }
}
