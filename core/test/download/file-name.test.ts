import { basename, dirname, join, resolve } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DEFAULT_FILE_NAME, dispositionFileName, fileNameFor, safeFileName } from '../../src/download/file-name.ts';

describe('a safe file name', () => {
  it.each([
    ['ubuntu-24.04.iso', 'ubuntu-24.04.iso'],
    ['Ünïcode ✓ (1).iso', 'Ünïcode ✓ (1).iso'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['/etc/shadow', 'shadow'],
    ['C:\\x.iso', 'x.iso'],
    ['C:x.iso', 'C_x.iso'],
    ['.bashrc', 'bashrc'],
    ['--force', 'force'],
    ['-. x', 'x'],
    ['a\u0000b\u001b[31m\nc.iso', 'ab[31mc.iso'],
    ['gpj.\u202eiso', 'gpj.iso'],
    ['con', '_con'],
    ['NUL.iso', '_NUL.iso'],
    ['com1 .txt', '_com1 .txt'],
    ['console.iso', 'console.iso'],
    ['x.iso.part', 'x.iso_part'],
    ['x.iso.PART.resume', 'x.iso_part.resume'],
    ['x.part.lock.12', 'x_part.lock.12'],
    ['x.iso. .', 'x.iso'],
  ])('is made of %j', (name, safe) => {
    expect(safeFileName(name)).toBe(safe);
  });

  it.each(['', '.', '..', '/', 'a/', 'a/..', '---', '\u0000', ' . '])('cannot be made of %j', (name) => {
    expect(safeFileName(name)).toBeUndefined();
  });

  it('keeps its extension when it is cut, and no character is cut in two', () => {
    const safe = safeFileName(`${'é'.repeat(400)}.iso`) ?? '';
    expect(safe).toMatch(/^é+\.iso$/);
    expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(200);
    expect(Buffer.byteLength(safe)).toBeGreaterThan(190);
  });
});

describe('any name', () => {
  const risky = fc.oneof(
    fc.constantFrom(
      '/',
      '\\',
      '..',
      '.',
      '-',
      ' ',
      '\u0000',
      '\n',
      'con',
      '.part',
      '.resume',
      '.lock',
      '\ud800',
      '%2f',
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  );
  const names = fc.oneof(
    fc.array(risky, { maxLength: 12 }).map((parts) => parts.join('')),
    fc
      .tuple(risky, fc.string({ unit: 'binary', minLength: 150, maxLength: 300 }), risky)
      .map((parts) => parts.join('')),
  );

  const expectPlain = (name: string): void => {
    const folder = '/some/folder';
    expect(dirname(resolve(join(folder, name)))).toBe(folder);
    expect(basename(name)).toBe(name);
    expect(name).toMatch(/^[^.\s-]/);
    expect(name).not.toMatch(/[\p{C}/\\]|[\s.]$|\.part(\.(resume|lock).*)?$/iu);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
    expect(safeFileName(name)).toBe(name);
  };

  it('stays inside its folder, and a safe one stays as it is', () => {
    fc.assert(
      fc.property(names, (name) => {
        const safe = safeFileName(name);
        if (safe !== undefined) expectPlain(safe);
      }),
      { numRuns: 2000 },
    );
  });

  it('in an address or from a server gives a plain one', () => {
    fc.assert(
      fc.property(names, fc.option(names, { nil: undefined }), (name, sent) => {
        expectPlain(fileNameFor(`https://example.org/a/${name}`, sent));
      }),
      { numRuns: 1000 },
    );
  });

  it('never makes the reading of a header fail', () => {
    fc.assert(
      fc.property(names, (name) => {
        const sent = dispositionFileName(`attachment; filename="${name}"; filename*=UTF-8''${name}`);
        expectPlain(fileNameFor('https://example.org/', sent));
      }),
    );
  });
});

describe('the name of a download', () => {
  it.each([
    ['https://example.org/pub/a%20b.iso?token=1#x', undefined, 'a b.iso'],
    ['https://example.org/pub/..%2f..%2fetc%2fpasswd', undefined, 'passwd'],
    ['https://example.org/100%.iso', undefined, '100%.iso'],
    ['https://example.org/', undefined, DEFAULT_FILE_NAME],
    ['https://example.org/get?id=7', 'real.iso', 'real.iso'],
    ['https://example.org/x.iso', '..', 'x.iso'],
    ['no address', undefined, DEFAULT_FILE_NAME],
  ])('from %s, sent %s', (url, sent, name) => {
    expect(fileNameFor(url, sent)).toBe(name);
  });

  it.each([
    ['attachment; filename=a.iso', 'a.iso'],
    ['attachment; filename="a \\"b\\".iso"', 'a "b".iso'],
    ["attachment; filename=x.iso; filename*=UTF-8''%e2%82%ac.iso", '€.iso'],
    ['inline', undefined],
    ['attachment; filename=""', undefined],
    [';;;', undefined],
    ['attachment; __proto__=x', undefined],
  ])('in the header %s', (header, name) => {
    expect(dispositionFileName(header)).toBe(name);
  });
});
