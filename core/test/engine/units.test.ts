import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatBytes, parseBytes } from '../../src/engine/units.ts';

describe('parseBytes', () => {
  it.each([
    ['16G', 16 * 1024 ** 3],
    ['1.5GiB', 1.5 * 1024 ** 3],
    ['32GB', 32e9],
    ['700 M', 700 * 1024 ** 2],
    ['4096', 4096],
    ['4096b', 4096],
  ])('reads %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(['', 'G', '-1G', '1e9', '16X', '0x10', '9999999999T', '1..5G'])('refuses "%s"', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it('never throws, and gives whole bytes or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const bytes = parseBytes(text);
        return bytes === undefined || (Number.isSafeInteger(bytes) && bytes >= 0);
      }),
    );
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [2398523392, '2.2 GiB'],
    [200 * 1024 ** 2, '200 MiB'],
  ])('writes %d as %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});
