import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseContentLength, parseContentRange } from '../src/content-range.ts';

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
    'bytes 0-99/*',
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
        parseContentLength(header);
      }),
    );
  });
});

describe('parseContentLength', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', 0],
    ['1234', 1234],
    ['1234, 1234', undefined],
    ['+5', undefined],
    ['5.0', undefined],
    ['9007199254740993', undefined],
  ])('reads %j as %s', (header, length) => {
    expect(parseContentLength(header)).toBe(length);
  });
});
