import { describe, expect, test } from 'vitest';

import { jsonLine, jsonPieces } from '../src/output/json-text.ts';

const text = (value: unknown): string => [...jsonPieces(value)].join('');

describe('JSON for programs', () => {
  test.each([0, 1, 499, 500, 501, 1000, 1234])('has an item of a list on a line: %d', (length) => {
    const list = Array.from({ length }, (_, index) => ({ index, inner: [index, { a: 'b' }] }));
    expect(JSON.parse(text(list))).toEqual(list);
    expect(
      text(list)
        .split('\n')
        .filter((line) => line.startsWith('{"index":')),
    ).toHaveLength(length);
  });

  test('is never one text when the list is long', () => {
    const pieces = [...jsonPieces(Array.from({ length: 5000 }, () => ({ value: 'x'.repeat(100) })))];
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(100_000);
  });

  test('steers no terminal, and means the same', () => {
    const hostile = { '\u009b2J': 'a\u001b[2J\u007f\u202e\u2028\u200b\ufeff\ud800é' };
    for (const written of [text(hostile), text(Array.from({ length: 600 }, () => hostile)), jsonLine(hostile)]) {
      expect(written).toMatch(/^[\n\x20-\x7eé]*$/);
    }
    expect(JSON.parse(text(hostile))).toEqual(hostile);
    expect(JSON.parse(jsonLine(hostile))).toEqual(hostile);
  });
});
