import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { covers } from '../../src/isolation/wire/covers.ts';
import { FrameReader, frameOf, FROM_PLUGIN, type FrameLimits } from '../../src/isolation/wire/frame.ts';
import { pack, unpack } from '../../src/isolation/wire/value.ts';

const round = (value: unknown): unknown => {
  const { head, body } = pack(value);
  return unpack(head, Buffer.concat(body));
};

/** The messages in these bytes, which come in pieces of this length. */
function read(bytes: Uint8Array, length: number, limits: FrameLimits = FROM_PLUGIN): unknown[] {
  const reader = new FrameReader(limits);
  const found: unknown[] = [];
  for (let at = 0; at < bytes.length; at += length) found.push(...reader.read(bytes.subarray(at, at + length)));
  return found;
}

const leaf = fc.oneof(
  fc.string(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.date(),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
);
const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value')),
    fc.dictionary(
      fc.string().filter((key) => key !== '~' && key !== '__proto__'),
      tie('value'),
    ),
    fc.array(fc.tuple(fc.string(), tie('value'))).map((entries) => new Map(entries)),
  ),
})).value;

describe('values', () => {
  test('come out as they went in', () => {
    // As JSON has no negative zero, neither has the line.
    const same = (each: unknown): unknown => JSON.parse(pack(each).head);
    fc.assert(
      fc.property(value, (each) => {
        const back = round(each);
        expect(same(back)).toEqual(same(each));
        expect(pack(back).body.map((bytes) => Buffer.from(bytes))).toEqual(
          pack(each).body.map((bytes) => Buffer.from(bytes)),
        );
      }),
    );
    expect(round({ a: [undefined, Number.NaN, -Infinity], b: new Map([['k', new Date(5)]]) })).toEqual({
      a: [undefined, Number.NaN, -Infinity],
      b: new Map([['k', new Date(5)]]),
    });
  });

  test.each([[() => 1], [Symbol('x')], [1n], [{ '~': 'bytes' }]])('that cannot cross do not: %s', (each) => {
    expect(() => pack({ each })).toThrow(TypeError);
  });

  test.each([
    ['{"~":"bytes","is":4}', 3],
    ['{"~":"bytes","is":-1}', 0],
    ['{"~":"bytes","is":2}', 3],
    ['{"~":"map","is":[1]}', 0],
    ['{"~":"what"}', 0],
    ['{"a":{"__proto__":1}}', 0],
    ['['.repeat(60) + ']'.repeat(60), 0],
    [`[${'1,'.repeat(1_000_000)}1]`, 0],
  ])('that nobody packed are refused', (head, length) => {
    expect(() => unpack(head, Buffer.alloc(length))).toThrow();
  });
});

describe('messages', () => {
  test('are found in whatever pieces they come', () => {
    const messages = [{ a: 1 }, { bytes: Buffer.from('some bytes') }, 'x'.repeat(300), null];
    const bytes = Buffer.concat(messages.flatMap((message) => frameOf(message, FROM_PLUGIN)));
    for (const length of [1, 7, 64, bytes.length]) expect(read(bytes, length)).toEqual(messages);
  });

  test('that are announced to be too long are refused at once', () => {
    const limits = { head: 100, body: 100 };
    const announced = Buffer.from([0, 0, 0, 101, 0, 0, 0, 0]);
    expect(() => read(announced, 8, limits)).toThrow();
    expect(() => frameOf('x'.repeat(200), limits)).toThrow(RangeError);
  });
});

test('a host is covered by its name, by what is above it, and by a port that is named', () => {
  const address = { hostname: 'a.example.org', host: 'a.example.org:8080' };
  const covering = ['*', '*.example.org', 'a.example.org', 'A.example.org', 'a.example.org:8080'];
  expect(covering.filter((declared) => !covers(declared, address))).toEqual([]);
  const not = ['example.org', 'b.example.org', 'a.example.org:80', '*.a.example.org', 'xample.org'];
  expect(not.filter((declared) => covers(declared, address))).toEqual([]);
});
