/** Bencoding (BEP 3): what torrent files, trackers and peers speak. */

/** Keys and texts are bytes; keys are written as latin1, so that each byte is one character. */
export type Bencoded = number | Buffer | readonly Bencoded[] | BencodedMap;
export type BencodedMap = ReadonlyMap<string, Bencoded>;

/** What nests deeper, or has more parts, is nobody's torrent. */
const MOST_DEPTH = 16;
const MOST_VALUES = 500_000;

/** @throws Error when it is not one whole value */
export function decode(bytes: Buffer): Bencoded {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new Error('something follows its end');
  return value;
}

/** A value that other bytes follow, and where they begin. @throws Error */
export function decodePrefix(bytes: Buffer): { readonly value: Bencoded; readonly end: number } {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  return { value, end: reader.at };
}

/**
 * The very bytes of an entry of the outermost dictionary: what is hashed is what was written, not what we would write.
 * @throws Error
 */
export function rawEntry(bytes: Buffer, wanted: string): Buffer | undefined {
  const reader = new Reader(bytes);
  let found: Buffer | undefined;
  reader.value(0, (key, start, end) => {
    if (key === wanted) found = bytes.subarray(start, end);
  });
  return found;
}

/** Keys are sorted, as the specification demands. Texts are written as UTF-8. */
export function encode(value: Encodable): Buffer {
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

export type Encodable = number | string | Uint8Array | readonly Encodable[] | { readonly [key: string]: Encodable };

class Reader {
  at = 0;
  readonly #bytes: Buffer;
  #values = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @param onEntry told of each entry of this value, when it is a dictionary: where its value begins and ends */
  value(depth: number, onEntry?: (key: string, start: number, end: number) => void): Bencoded {
    if (depth > MOST_DEPTH) throw new Error('it nests too deep');
    if (++this.#values > MOST_VALUES) throw new Error('it has too many parts');
    const kind = String.fromCharCode(this.#bytes[this.at] ?? 0);
    if (kind === 'i') {
      this.at++;
      return this.#number('e', /^(?:0|-?[1-9]\d{0,15})$/);
    }
    if (kind === 'l') return this.#list(depth);
    if (kind === 'd') return this.#map(depth, onEntry);
    return this.#text();
  }

  #list(depth: number): Bencoded[] {
    this.at++;
    const items: Bencoded[] = [];
    while (!this.#isEnd()) items.push(this.value(depth + 1));
    return items;
  }

  #map(depth: number, onEntry?: (key: string, start: number, end: number) => void): BencodedMap {
    this.at++;
    const map = new Map<string, Bencoded>();
    while (!this.#isEnd()) {
      const key = this.#text().toString('latin1');
      const start = this.at;
      map.set(key, this.value(depth + 1));
      onEntry?.(key, start, this.at);
    }
    return map;
  }

  #isEnd(): boolean {
    if (this.at >= this.#bytes.length) throw new Error('it breaks off');
    if (this.#bytes[this.at] !== 0x65) return false;
    this.at++;
    return true;
  }

  #text(): Buffer {
    const length = this.#number(':', /^(?:0|[1-9]\d{0,8})$/);
    const end = this.at + length;
    if (end > this.#bytes.length) throw new Error('it breaks off');
    const text = this.#bytes.subarray(this.at, end);
    this.at = end;
    return text;
  }

  #number(until: ':' | 'e', form: RegExp): number {
    const end = this.#bytes.indexOf(until, this.at, 'latin1');
    if (end < 0 || end - this.at > 20) throw new Error('it is not bencoded');
    const digits = this.#bytes.toString('latin1', this.at, end);
    if (!form.test(digits) || !Number.isSafeInteger(Number(digits))) throw new Error('it is not bencoded');
    this.at = end + 1;
    return Number(digits);
  }
}

function write(value: Encodable, parts: Buffer[]): void {
  if (typeof value === 'number') parts.push(Buffer.from(`i${value}e`));
  else if (typeof value === 'string') write(Buffer.from(value), parts);
  else if (value instanceof Uint8Array) parts.push(Buffer.from(`${value.length}:`), Buffer.from(value));
  else if (Array.isArray(value)) {
    parts.push(Buffer.from('l'));
    for (const item of value as readonly Encodable[]) write(item, parts);
    parts.push(Buffer.from('e'));
  } else {
    parts.push(Buffer.from('d'));
    const entries = Object.entries(value as Readonly<Record<string, Encodable>>);
    const sorted = entries.map(([key, item]) => [Buffer.from(key), item] as const);
    for (const [key, item] of sorted.sort(([a], [b]) => Buffer.compare(a, b))) {
      write(key, parts);
      write(item, parts);
    }
    parts.push(Buffer.from('e'));
  }
}
