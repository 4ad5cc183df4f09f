import type { LinuxEntry } from '@loopstick/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { keysFor, renderEntry } from '../src/entry.ts';
import { Kernels } from '../src/kernels.ts';
import { plain } from '../src/line.ts';
import { startable } from '../src/obstacle.ts';
import { readEntry } from './read-entry.ts';
import { linuxItem } from './request.ts';

const DATA = { filesystem: 'ext4', uuid: 'x' } as const;
const render = (parts: Partial<LinuxEntry>, firmwares = ['uefi-x64', 'uefi-ia32'] as const): [string, string][] => {
  const found = startable(linuxItem('one', parts, { efiStub: firmwares }), firmwares, DATA);
  if (typeof found === 'string') throw new Error(found);
  return readEntry(renderEntry(found, 3, new Kernels()));
};

describe('renderEntry', () => {
  it('starts the kernel from the partition with the arguments of the recipe, and says nothing else', () => {
    expect(render({ title: 'Debian', initrds: ['/a/i1', '/b/i1'] })).toEqual([
      ['title', 'Debian'],
      ['sort-key', 'loopstick-0003'],
      ['linux', '/loopstick/1-tiny/1-vmlinuz'],
      ['initrd', '/loopstick/1-tiny/2-i1'],
      ['initrd', '/loopstick/1-tiny/3-i1'],
      ['options', 'boot=live findiso=/loopstick-0123456789abcdef/tiny.iso'],
    ]);
    expect(render({ args: [], initrds: [] }).map(([key]) => key)).toEqual(['title', 'sort-key', 'linux']);
  });

  it('names the architecture where there is one only', () => {
    expect(render({ conditions: { firmware: ['bios', 'uefi-x64'] } })).toContainEqual(['architecture', 'x64']);
    expect(render({ conditions: { firmware: ['uefi-ia32'] } })).toContainEqual(['architecture', 'ia32']);
  });

  it('lets no title and no argument be more than itself', () => {
    const title = fc.string({ unit: 'binary', minLength: 1, maxLength: 120 });
    const word = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
    });
    const hostile = fc.constantFrom(
      '"',
      '""',
      '"a"',
      'a\nlinux /evil',
      'a\r\noptions init=/bin/sh',
      '\0',
      ' # ',
      '\t"\u2028"',
    );
    fc.assert(
      fc.property(
        fc.oneof(title, hostile),
        fc.array(fc.oneof(word, fc.constant('"')), { maxLength: 4 }),
        (text, args) => {
          expect(render({ title: text, args })).toEqual([
            ['title', plain(text) || 'one'],
            ['sort-key', 'loopstick-0003'],
            ['linux', '/loopstick/1-tiny/1-vmlinuz'],
            ['initrd', '/loopstick/1-tiny/2-initrd.img'],
            ...(args.length === 0 ? [] : [['options', args.join(' ')]]),
          ]);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('startable', () => {
  it.each([
    ['BIOS only', { conditions: { firmware: ['bios'] } }, {}],
    ['32-bit UEFI only', { conditions: { firmware: ['uefi-ia32'] } }, {}],
    ['another data filesystem', { conditions: { dataFilesystem: ['exfat'] } }, {}],
    ['a kernel that is no program for UEFI', {}, { efiStub: [] }],
    ['a kernel that nobody looked at', {}, { efiStub: undefined }],
    ['a kernel for 32-bit UEFI', {}, { efiStub: ['uefi-ia32'] }],
  ] as const)('says why not: %s', (_, parts, of) => {
    const found = startable(linuxItem('one', parts as Partial<LinuxEntry>, of), ['uefi-x64'], DATA);
    expect(found).toEqual(expect.any(String));
  });
});

describe('Kernels', () => {
  it('gives each file one place, whatever it is called, in names that FAT takes', () => {
    const source = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 80 })
      .map((name) => `/a/${name.replaceAll('/', '')}`);
    fc.assert(
      fc.property(fc.array(source, { maxLength: 8 }), (sources) => {
        const kernels = new Kernels();
        const paths = sources.map((each) => kernels.place('/x/aux.iso', each));
        expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(new Set(sources).size);
        for (const path of paths) expect(path).toMatch(/^loopstick\/1-aux\/\d+-[A-Za-z0-9._-]*$/);
        for (const path of paths) expect(path.endsWith('.')).toBe(false);
        expect(kernels.files.map(({ path }) => path)).toEqual([...new Set(paths)]);
      }),
    );
  });
});

describe('keysFor', () => {
  it('goes down to the entry and puts its serial arguments in front of the others', () => {
    const { entry } = linuxItem('one', { serialArgs: ['console=ttyS0', 'x=y'] });
    expect(keysFor(entry as LinuxEntry, 2)).toBe('\u001b[B\u001b[Beconsole=ttyS0 x=y \r');
  });
});
