import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { MATCH_STEPS, Pattern } from '../../src/distribution/pattern.ts';

const match = (pattern: string, name: string) => {
  const found = new Pattern(pattern).match(name, { steps: MATCH_STEPS });
  return found === undefined ? undefined : Object.fromEntries(found);
};

describe('patterns fit names as a whole', () => {
  test.each([
    ['ubuntu-{version}-desktop-{arch}.iso', 'ubuntu-24.04.3-desktop-amd64.iso', { version: '24.04.3', arch: 'amd64' }],
    ['ubuntu-{version}-desktop-{arch}.iso', 'ubuntu-24.04.3-desktop-amd64.iso.zsync', undefined],
    ['ubuntu-{version}-desktop-{arch}.iso', 'xubuntu-24.04.3-desktop-amd64.iso', undefined],
    ['ubuntu-{version}-desktop-{arch}.iso', 'ubuntu-24.04-beta-desktop-amd64.iso', undefined],
    ['ubuntu-{version}.iso', 'ubuntu-24.04.iso', { version: '24.04' }],
    ['x-{version}.{arch}.iso', 'x-42-1.1.x86_64.iso', undefined],
    ['x-{a:version}-{b:version}.{arch}.iso', 'x-42-1.1.x86_64.iso', { a: '42', b: '1.1', arch: 'x86_64' }],
    [
      'Fedora-{name:words}-Live-{arch}-{release:word}-{compose:version}.iso',
      'Fedora-Python-Classroom-Live-x86_64-38_Beta-1.3.iso',
      { name: 'Python-Classroom', arch: 'x86_64', release: '38_Beta', compose: '1.3' },
    ],
    [
      'gparted-live-{version}-{build:number}-{arch}.iso',
      'gparted-live-1.7.0-1-amd64.iso',
      { version: '1.7.0', build: '1', arch: 'amd64' },
    ],
    [
      'void-live-{arch}-{date}-{flavour}.iso',
      'void-live-x86_64-20250202-base.iso',
      { arch: 'x86_64', date: '20250202', flavour: 'base' },
    ],
    ['{x:date}', '2026-08-22', { x: '2026-08-22' }],
    ['{x:date}', '2026-0822-', undefined],
    ['{version}', '1.7.0rc1', { version: '1.7.0rc1' }],
    ['{version}', '1..7', undefined],
    ['{edition:kde|kde-full|xfce}-{n}', 'kde-full-3', { edition: 'kde-full', n: '3' }],
    ['{edition:kde|kde-full|xfce}', 'gnome', undefined],
    ['https://a.example/{path}/{last:text}', 'https://a.example/x/y/z.iso', { path: 'x/y', last: 'z.iso' }],
    ['{a:words}-{b:words}', 'a-b-c', { a: 'a-b', b: 'c' }],
    ['a.b', 'aXb', undefined],
    ['{hash:hex}', 'cbd8ec4de446', { hash: 'cbd8ec4de446' }],
    ['{x:text}', 'a/b', undefined],
    ['{x:text}', 'a\u0000b', undefined],
  ])('%s and %s', (pattern, name, expected) => {
    expect(match(pattern, name)).toEqual(expected);
  });

  test('as a regular expression with the same types would', () => {
    const parts: Readonly<Record<string, string>> = {
      '{a:number}': '([0-9]+)',
      '{b:word}': '(\\w+)',
      '{c:words}': '(\\w+(?:[-.+~]\\w+)*)',
      '{d:version}': '([0-9]+(?:\\.[0-9]+)*(?:[a-z][a-z0-9]*)?)',
      '{e:x|xy|y1}': '(xy|x|y1)',
      '-': '-',
      '.': '\\.',
      x: 'x',
    };
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...Object.keys(parts)), { minLength: 1, maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('x', 'y', '1', '2', '-', '.', '_'), maxLength: 12 }),
        (chosen, name) => {
          const regular = new RegExp(`^${chosen.map((part) => parts[part]).join('')}$`).exec(name);
          const found = match(chosen.join(''), name);
          expect(found !== undefined).toBe(regular !== null);
          // What the placeholders took makes the name again.
          const filled = chosen.map((part) =>
            part.startsWith('{') ? found?.[part.slice(1, part.indexOf(':'))] : part,
          );
          if (found !== undefined) expect(filled.join('')).toBe(name);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('patterns of strangers', () => {
  test.each([
    '',
    '{',
    'a}',
    '{}',
    '{A}',
    '{a:nothing}',
    '{a}{a}',
    '{a:x|}',
    '{__proto__}',
    'x\u001b[31m',
    'é',
    'a'.repeat(301),
  ])('are refused: %j', (text) => {
    expect(() => new Pattern(text)).toThrow();
  });

  test('cost no more than their length times that of the name', () => {
    const text = Array.from('abcdefghijkl', (name) => `{${name}:words}`).join('-');
    const budget = { steps: MATCH_STEPS };
    expect(new Pattern(text).match(`${'a-'.repeat(1000)}!`, budget)).toBeUndefined();
    expect(MATCH_STEPS - budget.steps).toBeLessThan(100_000);
  });

  test('match nothing more when the budget is used up', () => {
    const budget = { steps: 10 };
    expect(new Pattern('{a:words}').match('a'.repeat(100), budget)).toBeUndefined();
    expect(budget.steps).toBeLessThanOrEqual(0);
    expect(new Pattern('{a:words}').match('a', budget)).toBeUndefined();
  });
});
