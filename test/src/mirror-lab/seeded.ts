import { createCipheriv, createHash } from 'node:crypto';

const BLOCK = 16;
const STEP = 4 * 1024 * 1024;

/** Bytes that do not repeat and follow from a seed, so that a file of any size needs no place (AES in counter mode). */
export class SeededBytes {
  readonly #key: Buffer;

  constructor(seed: string) {
    this.#key = createHash('sha256').update(seed).digest().subarray(0, BLOCK);
  }

  /** Those from `start` to before `end`. */
  read(start: number, end: number): Buffer {
    const skip = start % BLOCK;
    const counter = Buffer.alloc(BLOCK);
    counter.writeBigUInt64BE(BigInt((start - skip) / BLOCK), 8);
    const stream = createCipheriv('aes-128-ctr', this.#key, counter).update(Buffer.alloc(skip + end - start));
    return stream.subarray(skip);
  }

  sha256(size: number): string {
    const hash = createHash('sha256');
    for (let at = 0; at < size; at += STEP) hash.update(this.read(at, Math.min(size, at + STEP)));
    return hash.digest('hex');
  }
}

/** In place of the operating system's, the same bytes for the same seed. */
export function seededRandom(seed: string): (length: number) => Uint8Array {
  const bytes = new SeededBytes(seed);
  let at = 0;
  return (length) => bytes.read(at, (at += length));
}
