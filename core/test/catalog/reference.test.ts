import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseReference } from '../../src/catalog/reference.ts';
import { isLoopstickError } from '../../src/engine/errors.ts';
import { thrown } from './support.ts';

const part = fc.stringMatching(/^[a-z0-9]{1,8}([.-][a-z0-9]{1,8}){0,2}$/);
// Not the other names of architectures, which are rewritten on purpose.
const plain = part.filter((text) => !['amd64', 'x64', 'arm64', 'aarch64', 'x86-64'].includes(text));

describe('parseReference', () => {
  test.each([
    ['ubuntu', { distribution: 'ubuntu' }],
    ['fedora@42', { distribution: 'fedora', release: '42' }],
    ['ubuntu@24.04', { distribution: 'ubuntu', release: '24.04' }],
    ['fedora@42/kde', { distribution: 'fedora', release: '42', variant: 'kde' }],
    ['ubuntu/server', { distribution: 'ubuntu', variant: 'server' }],
    ['fedora@42/workstation/x86_64', { distribution: 'fedora', release: '42', variant: 'workstation', arch: 'x86_64' }],
    ['ubuntu/server/arm64', { distribution: 'ubuntu', variant: 'server', arch: 'aarch64' }],
    ['fedora@42/arm64', { distribution: 'fedora', release: '42', arch: 'aarch64' }],
    ['fedora@42/x86_64', { distribution: 'fedora', release: '42', arch: 'x86_64' }],
    ['  Fedora@38 Beta/KDE/AMD64 ', { distribution: 'fedora', release: '38-beta', variant: 'kde', arch: 'x86_64' }],
    [
      'ubuntu/24.04.4/desktop/x86_64',
      { distribution: 'ubuntu', release: '24.04.4', exact: true, variant: 'desktop', arch: 'x86_64' },
    ],
    ['debian@^12', { distribution: 'debian', release: '^12' }],
    ['fedora@latest/kde', { distribution: 'fedora', release: 'latest', variant: 'kde' }],
    ['alpine@>= 3.20, <3.22/arm64', { distribution: 'alpine', release: '>=-3.20,-<3.22', arch: 'aarch64' }],
  ])('reads %j', (text, reference) => {
    // JSON drops what is undefined.
    expect(JSON.parse(JSON.stringify(parseReference(text)))).toEqual(reference);
  });

  test.each([
    '',
    ' ',
    '@42',
    'fedora@',
    'fedora@42@43',
    'fedora@42/',
    'fedora//x86_64',
    '/fedora',
    'a/b/c/d/e',
    'fedora@42/a/b/c',
    'fedora/../../etc',
    '../fedora',
    './any.iso',
    'fedora@42/kde/..',
    'https://example.org/a.iso',
    'fedora;rm',
    'fedora\u0000',
    'fed\u202eora',
    '__proto__',
    'ubuntu:latest',
    'debian@^',
    'debian@^^12',
    'debian@>=12<13',
    'debian@12<13',
    'debian@>12,',
    'debian@>=/etc',
    'debian@^..',
    '^debian',
    'x'.repeat(300),
  ])('refuses %j', (text) => {
    expect(thrown(() => parseReference(text))).toMatchObject({
      code: 'CATALOG_REFERENCE_INVALID',
      category: 'usage',
    });
  });

  test('reads back whatever it can mean', () => {
    fc.assert(
      fc.property(
        part,
        fc.option(part),
        fc.option(fc.tuple(plain, fc.option(plain))),
        (distribution, release, below) => {
          const text = [
            release === null ? distribution : `${distribution}@${release}`,
            ...(below ?? []).filter((each) => each !== null),
          ];
          expect(parseReference(text.join('/'))).toMatchObject({
            distribution,
            release: release ?? undefined,
            ...(below === null ? {} : { variant: below[0] }),
            ...(typeof below?.[1] === 'string' ? { arch: below[1] } : {}),
          });
        },
      ),
    );
  });

  test('gives safe parts or a refusal for any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-z@/. _-]{0,20}$/)), (text) => {
        let parts: (string | boolean | undefined)[];
        try {
          parts = Object.values(parseReference(text));
        } catch (error) {
          expect(isLoopstickError(error, 'CATALOG_REFERENCE_INVALID')).toBe(true);
          return;
        }
        for (const each of parts) if (typeof each === 'string') expect(each).toMatch(/^[a-z0-9][a-z0-9._-]*$/);
      }),
      { numRuns: 1000 },
    );
  });
});
