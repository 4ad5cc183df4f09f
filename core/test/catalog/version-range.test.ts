import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compareVersions } from '../../src/catalog/version-order.ts';
import { parseVersionRange } from '../../src/catalog/version-range.ts';

const VERSIONS = [
  '9.10',
  '12',
  '12.5.0',
  '13',
  '22.04',
  '22.04.2',
  '22.04.10',
  '22.10',
  '24.11',
  '38-beta',
  '38',
  '2025.08.01',
];

describe('parseVersionRange', () => {
  test.each([
    ['^12', ['12', '12.5.0']],
    ['^22.04.2', ['22.04.2', '22.04.10', '22.10']],
    ['^12.1', ['12.5.0']],
    ['~22.04', ['22.04', '22.04.2', '22.04.10']],
    ['~22.04.3', ['22.04.10']],
    ['~22', ['22.04', '22.04.2', '22.04.10', '22.10']],
    ['~2025.8', ['2025.08.01']],
    ['>24.11', ['38-beta', '38', '2025.08.01']],
    ['>=38', ['38', '2025.08.01']],
    ['<12', ['9.10']],
    ['<=12', ['9.10', '12']],
    ['=22.4', ['22.04']],
    ['>=12,<22.04.10', ['12', '12.5.0', '13', '22.04', '22.04.2']],
    ['>=12-<13', ['12', '12.5.0']],
    ['>=-38-beta-<38', ['38-beta']],
    ['^12,>12.1,<12.3', []],
  ])('%s is %j', (text, inside) => {
    expect(VERSIONS.filter((version) => parseVersionRange(text)?.(version))).toEqual(inside);
  });

  test.each(['', '12', '^', '>=', '=>12', '>12,', '^12,13', '>=1<2', '^1..2', '^-', '~~1', '> '])(
    'is nothing for %j',
    (text) => {
      expect(parseVersionRange(text)).toBeUndefined();
    },
  );

  test('splits all versions at any of them', () => {
    const version = fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(version, version, (at, other) => {
        const is = (operator: string): boolean | undefined => parseVersionRange(`${operator}${at}`)?.(other);
        expect([is('<'), is('='), is('>')].filter(Boolean)).toHaveLength(1);
        expect(is('<=')).toBe(!is('>'));
        expect(is('>=')).toBe(compareVersions(other, at) >= 0);
        if (is('~')) expect(is('^')).toBe(true);
      }),
    );
  });
});
