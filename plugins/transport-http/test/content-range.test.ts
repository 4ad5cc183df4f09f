import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseContentRange, parseUnsatisfiedRange } from '../src/content-range.ts';

describe('parseContentRange', () => {
  it('reads every sound interval', () => {
    const sound = fc.tuple(fc.maxSafeNat(), fc.maxSafeNat(), fc.maxSafeNat()).map((three) => {
      const [start, last, total] = three.sort((a, b) => a - b);
      return { start, last, total: Math.max(total, last + 1) };
    });
    fc.assert(
      fc.property(sound, ({ start, last, total }) => {
        fc.pre(Number.isSafeInteger(total));
        expect(parseContentRange(`bytes ${start}-${last}/${total}`)).toEqual({ start, end: last + 1, total });
      }),
    );
  });

  it.each([
    '',
    'bytes',
    'bytes */100',
    'bytes 0-9007199254740991/*',
    'bytes 5-4/*',
    'bytes 5-4/100',
    'bytes 0-100/100',
    'bytes -1-5/100',
    'bytes 0x0-0x5/100',
    'bytes 0-5/9007199254740993',
    'bytes 0-5/99999999999999999999',
    'bytes 0-5/100, bytes 0-5/100',
    'items 0-5/100',
    'bytes=0-5/100',
  ])('refuses %j', (header) => {
    expect(parseContentRange(header)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        parseContentRange(header);
        parseUnsatisfiedRange(header);
      }),
    );
  });

  it('reads an interval of an unknown total', () => {
    expect(parseContentRange('bytes 5-9/*')).toEqual({ start: 5, end: 10, total: undefined });
  });
});

describe('parseUnsatisfiedRange', () => {
  it.each([
    ['bytes */1234', 1234],
    ['bytes */*', undefined],
    ['bytes 0-5/1234', undefined],
    ['bytes */-1', undefined],
    ['bytes */9007199254740993', undefined],
    ['', undefined],
  ])('reads %j as %s', (header, total) => {
    expect(parseUnsatisfiedRange(header)).toBe(total);
  });
});
