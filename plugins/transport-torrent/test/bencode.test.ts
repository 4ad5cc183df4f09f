import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decode, decodePrefix, encode, rawEntry, type Bencoded, type Encodable } from '../src/format/bencode.ts';

const anything = fc.letrec<{ value: Encodable }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.integer(),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('value'), { maxKeys: 4 }),
  ),
})).value;

/** What a decoder makes of something that was encoded. */
function expected(value: Encodable): Bencoded {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' || value instanceof Uint8Array) return Buffer.from(value as Uint8Array);
  if (Array.isArray(value)) return (value as Encodable[]).map(expected);
  const entries = Object.entries(value as Record<string, Encodable>);
  return new Map(entries.map(([key, item]) => [key, expected(item)] as const));
}

describe('bencoding', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(anything, fc.uint8Array(), (value, rest) => {
        const bytes = encode(value);
        expect(decode(bytes)).toEqual(expected(value));
        expect(decodePrefix(Buffer.concat([bytes, rest])).end).toBe(bytes.length);
      }),
    );
  });

  it('refuses anything else without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decode(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });

  it.each([
    ...['', 'i', 'ie', 'i01e', 'i-0e', 'i1', '5:abc', '-1:', 'l', 'd', 'di1ei2ee', 'i1ei2e', '99999999999:a', 'x'],
    ...['l'.repeat(1000), 'd1:a'.repeat(1000), 'i99999999999999999999e'],
  ])('refuses %s', (text) => {
    expect(() => decode(Buffer.from(text))).toThrow();
  });

  it('hands out the very bytes of an entry, however they are written', () => {
    expect(rawEntry(Buffer.from('d4:infod1:bi2e1:ai1ee1:xi3ee'), 'info')?.toString()).toBe('d1:bi2e1:ai1ee');
    expect(rawEntry(Buffer.from('d1:xd4:infoi1eee'), 'info')).toBeUndefined();
  });
});
