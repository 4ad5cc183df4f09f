/** Which pieces somebody has: the bit of the first piece is the highest of the first byte (BEP 3). */
export class Bits {
  readonly count: number;
  readonly bytes: Buffer;

  constructor(count: number) {
    this.count = count;
    this.bytes = Buffer.alloc(Math.ceil(count / 8));
  }

  static full(count: number): Bits {
    const bits = new Bits(count);
    for (let index = 0; index < count; index++) bits.add(index);
    return bits;
  }

  has(index: number): boolean {
    return ((this.bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }

  /** @throws RangeError for what cannot be */
  add(index: number): void {
    if (index >= this.count) throw new RangeError('there is no such piece');
    this.bytes[index >> 3] = (this.bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
  }

  /** Takes over what a peer has sent. @throws RangeError when it is of another number of pieces */
  read(bytes: Uint8Array): void {
    if (bytes.length !== this.bytes.length) throw new RangeError('its pieces are not those of the torrent');
    this.bytes.set(bytes);
  }
}
