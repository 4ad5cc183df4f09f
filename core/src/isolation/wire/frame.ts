/** Messages on a stream of bytes: the lengths of head and body, 32 bits each, big endian; then both. */
import { pack, unpack } from './value.ts';

const LENGTHS = 8;

/** In bytes. What is announced to be longer is refused before any of it is kept. */
export interface FrameLimits {
  readonly head: number;
  readonly body: number;
}

/** A text, once it is values, takes that many times its length in memory. */
const TEXT_WEIGHT = 20;

/** What a plugin may send at once: a catalog document is the longest text, and a boot plan has the most bytes. */
export const FROM_PLUGIN: FrameLimits = { head: 8 * 1024 * 1024, body: 128 * 1024 * 1024 };
/** What the engine sends is its own: the list of all files of an ISO, or a document that was fetched. */
export const FROM_ENGINE: FrameLimits = { head: 256 * 1024 * 1024, body: 512 * 1024 * 1024 };

/** @throws TypeError for what cannot cross; RangeError for what is too long */
export function frameOf(message: unknown, limits: FrameLimits): Uint8Array[] {
  const packed = pack(message);
  const head = Buffer.from(packed.head);
  const bodyLength = packed.body.reduce((sum, each) => sum + each.byteLength, 0);
  if (head.length > limits.head || bodyLength > limits.body) throw new RangeError('it is too long to be passed on');
  const lengths = Buffer.alloc(LENGTHS);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(bodyLength, 4);
  return [lengths, head, ...packed.body];
}

/** Puts messages together from the pieces in which they come. */
export class FrameReader {
  readonly #limits: FrameLimits;
  #pieces: Uint8Array[] = [];
  #there = 0;
  #lengths: { readonly head: number; readonly body: number } | undefined;
  #weight = 0;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** About how much memory the message takes that was read last, in bytes. */
  get weight(): number {
    return this.#weight;
  }

  /**
   * The messages that are complete with this piece.
   * @throws Error for what is no message; nothing more can be read then
   */
  *read(piece: Uint8Array): Generator {
    this.#pieces.push(piece);
    this.#there += piece.byteLength;
    for (;;) {
      if (this.#lengths === undefined && this.#there >= LENGTHS) this.#lengths = this.#announced(this.#take(LENGTHS));
      const lengths = this.#lengths;
      if (lengths === undefined || this.#there < lengths.head + lengths.body) return;
      this.#lengths = undefined;
      this.#weight = TEXT_WEIGHT * lengths.head + lengths.body;
      const head = this.#take(lengths.head).toString('utf8');
      yield unpack(head, this.#take(lengths.body));
    }
  }

  #announced(lengths: Buffer): FrameLimits {
    const [head, body] = [lengths.readUInt32BE(0), lengths.readUInt32BE(4)];
    if (head > this.#limits.head || body > this.#limits.body) throw new Error(`it is ${head} + ${body} bytes long`);
    return { head, body };
  }

  /** The next bytes, which all are there. */
  #take(length: number): Buffer {
    const all = this.#pieces.length === 1 ? asBuffer(this.#pieces[0]) : Buffer.concat(this.#pieces);
    this.#there -= length;
    this.#pieces = this.#there === 0 ? [] : [all.subarray(length)];
    return all.subarray(0, length);
  }
}

function asBuffer(bytes: Uint8Array | undefined): Buffer {
  return bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
