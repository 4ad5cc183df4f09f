import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { compareVersions, isPreRelease } from '../../src/catalog/version-order.ts';

const version = fc.oneof(
  fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.')),
  fc.stringMatching(/^[a-z0-9]{1,4}([. _-][a-z0-9]{1,5}){0,3}$/),
  fc
    .tuple(fc.nat({ max: 50 }), fc.constantFrom('beta', 'rc', 'alpha', 'rawhide', 'sid'))
    .map(([number, word]) => `${number}-${word}`),
);

describe('compareVersions', () => {
  test.each([
    ['22.04.2', '22.04.10'],
    ['22.04', '22.04.1'],
    ['9.10', '10.04'],
    ['38 Beta', '38'],
    ['38-beta', '38'],
    ['38-rc1', '38-rc2'],
    ['37', '38-beta'],
    ['3.18.1', '3.18.1a'],
    ['99999999999999999998', '99999999999999999999'],
    ['2024.9.1', '2024.10.01'],
    ['24.05', '24.11'], // NixOS
    ['3.20.1', '3.20.10'], // Alpine
    ['3.21.0-rc1', '3.21.0'],
    ['2025.07.01', '2025.08.01'], // Arch
    ['20240314', '20250202'], // Void
    ['3.2.0-5', '3.2.0-10'], // Clonezilla
    ['1.6.0-10', '1.7.0-1'], // GParted
    ['11.03', '12.00'], // SystemRescue
    ['2024.4', '2025.1a'], // Kali
    ['13-rc2', '13.0.0'], // Debian
    ['15.6', '16.0'], // openSUSE
    ['tumbleweed-20250101', 'tumbleweed-20250102'],
    ['7.20', '8.00'], // Memtest86+
  ])('puts %s before %s', (older, newer) => {
    expect(compareVersions(older, newer)).toBeLessThan(0);
    expect(compareVersions(newer, older)).toBeGreaterThan(0);
  });

  test.each([
    ['38 Beta', '38-beta'],
    ['24.04', '24.4'],
    ['1', '1'],
  ])('takes %s and %s for the same', (a, b) => {
    expect(compareVersions(a, b)).toBe(0);
  });

  test('is a total order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('orders plain numbers as numbers, at any position', () => {
    const numbers = fc.array(fc.nat({ max: 3000 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(numbers, fc.nat(), fc.nat(), (head, x, y) => {
        const [a, b] = [[...head, x].join('.'), [...head, y].join('.')];
        expect(Math.sign(compareVersions(a, b))).toBe(Math.sign(x - y));
      }),
    );
  });

  test('puts every pre-release before its release, which comes before its point releases', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 99 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('beta', 'RC 1'),
        (parts, word) => {
          const release = parts.join('.');
          expect(compareVersions(`${release} ${word}`, release)).toBeLessThan(0);
          expect(compareVersions(release, `${release}.1`)).toBeLessThan(0);
          expect(isPreRelease(`${release} ${word}`)).toBe(true);
          expect(isPreRelease(release)).toBe(false);
        },
      ),
    );
  });
});

describe('isPreRelease', () => {
  test.each(['38 Beta', '38-beta', '13-rc2', '44beta1', 'rawhide', '2026.1-daily'])('is true of %s', (text) => {
    expect(isPreRelease(text)).toBe(true);
  });

  test.each(['38', '24.04.4', '12-bookworm', 'tumbleweed', '2024.10.01'])('is false of %s', (text) => {
    expect(isPreRelease(text)).toBe(false);
  });
});
