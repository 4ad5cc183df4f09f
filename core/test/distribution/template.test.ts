import { describe, expect, test } from 'vitest';

import { fillAddress, Template } from '../../src/distribution/template.ts';

const values = new Map([
  ['version', '24.04.3'],
  ['edition', 'KDE_Mobile+'],
  ['folder', 'https://a.example/x/'],
  ['dots', '../..'],
  ['dot', '.'],
  ['odd', 'a b?c#d'],
  ['tree', 'x/y'],
]);

describe('templates', () => {
  test.each([
    ['{version|major} {version|minor} {version}', '24 24.04 24.04.3'],
    ['{edition|id}', 'kde-mobile'],
    ['{edition|lower}', 'kde_mobile+'],
    ['{missing}', undefined],
  ])('%s', (text, expected) => {
    expect(new Template(text).fill(values)).toBe(expected);
  });

  test.each(['{', '{a|nothing}', '{A}', '{constructor|__proto__}', 'x'.repeat(1001)])('that are none: %j', (text) => {
    expect(() => new Template(text)).toThrow();
  });

  test.each([
    ['{folder}SHA256SUMS', 'https://a.example/x/SHA256SUMS'],
    ['https://b.example/{tree}/{version}', 'https://b.example/x/y/24.04.3'],
    ['https://b.example/{odd}', 'https://b.example/a%20b%3Fc%23d'],
    ['https://b.example/{edition}', 'https://b.example/KDE_Mobile+'],
    ['https://b.example/a/{dots}/b', undefined],
    ['https://b.example/a/{dot}/b', undefined],
    ['ftp://b.example/{version}', undefined],
  ])('make addresses that cannot leave their place: %s', (text, expected) => {
    expect(fillAddress(new Template(text), values)).toBe(expected);
  });
});
