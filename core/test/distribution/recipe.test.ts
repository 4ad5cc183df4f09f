import { describe, expect, test } from 'vitest';

import { bootSchema } from '../../src/distribution/boot-schema.ts';
import { recogniseBy } from '../../src/distribution/recipe.ts';
import { recognitionSchema } from '../../src/recipe/boot-entry.ts';
import { createMemoryIso } from '../../src/recipe/memory-iso.ts';

const RULE = {
  name: 'example',
  recognise: {
    labels: ['EXAMPLE_{release:number}', 'OTHER'],
    find: [
      { name: 'kernel', paths: ['/boot/vmlinuz', '/boot/vmlinuz-{build:words}'] },
      { name: 'initrd', paths: ['/boot/initrd-{build}', '/boot/initrd'] },
      { name: 'microcode', paths: ['/boot/{vendor:amd|intel}-ucode.img'], optional: true },
      { name: 'rescue', paths: ['/boot/rescue'], optional: true },
    ],
    absent: ['/casper/{rest:path}'],
    line: { file: '/etc/example-release', pattern: 'Example {version} {rest:text}' },
  },
  title: 'Example {version}',
  version: '{version}',
  kind: 'live',
  own: { without: ['quiet', 'root={x:text}'], otherwise: ['fallback'] },
  entries: [
    {
      id: 'live',
      title: 'Example {version} (live)',
      kernel: '{kernel}',
      initrds: ['{microcode}', '{initrd}'],
      args: ['root=live:{iso_volume}', 'iso-scan/filename={iso_path}', '{own}'],
      conditions: { secureBoot: 'unsigned' },
    },
    { id: 'rescue', title: 'Rescue', kernel: '{rescue}' },
  ],
};

const FILES = {
  '/boot/vmlinuz-6.1-a': 'kernel',
  '/boot/initrd-6.0': 'older',
  '/boot/initrd-6.1-a': 'initrd',
  '/etc/example-release': '# comment\nExample 12.1 (Dozen)\n',
};

/** What the rule says of an ISO with these files; checked as core checks it. */
async function ask(
  files: Readonly<Record<string, string>>,
  { label = 'EXAMPLE_12', uuid = '2026-01-01-00-00-00-00', rule = {} } = {},
) {
  const parsed = bootSchema.parse({ ...RULE, ...rule });
  const answer = await recogniseBy(
    parsed,
    'example',
    createMemoryIso(label, files, uuid),
    new AbortController().signal,
  );
  return answer === undefined || 'rejected' in answer ? answer : recognitionSchema.parse(answer);
}

describe('a recipe as data', () => {
  test('finds what belongs together, and leaves out what is not there', async () => {
    expect(await ask(FILES)).toMatchObject({
      distribution: 'example',
      version: '12.1',
      title: 'Example 12.1',
      entries: [
        {
          id: 'live',
          title: 'Example 12.1 (live)',
          kernel: '/boot/vmlinuz-6.1-a',
          initrds: ['/boot/initrd-6.1-a'],
          args: ['root=live:LABEL={iso_label}', 'iso-scan/filename={iso_path}', 'fallback'],
          conditions: { secureBoot: 'unsigned' },
        },
      ],
    });
  });

  test('takes what is optional where it is', async () => {
    const answer = await ask({ ...FILES, '/boot/amd-ucode.img': 'x', '/boot/rescue': 'x' });
    expect(answer).toMatchObject({
      entries: [{ initrds: ['/boot/amd-ucode.img', '/boot/initrd-6.1-a'] }, { id: 'rescue', kernel: '/boot/rescue' }],
    });
  });

  test("takes the arguments of the ISO's own menu, without those that it sets itself", async () => {
    const menu = 'menuentry x { linux /boot/vmlinuz-6.1-a root=live:X quiet init=/x }';
    const answer = await ask({ ...FILES, '/boot/grub/grub.cfg': menu });
    expect(answer).toMatchObject({ entries: [{ args: [expect.any(String), expect.any(String), 'init=/x'] }] });
  });

  test('names the volume by its UUID when the label does not survive scripts', async () => {
    const rule = { recognise: { ...RULE.recognise, labels: ['{x:text}'] } };
    expect(await ask(FILES, { label: 'Example 12', rule })).toMatchObject({
      entries: [{ args: ['root=live:UUID=2026-01-01-00-00-00-00', expect.any(String), expect.any(String)] }],
    });
  });

  test.each([
    ['another label', FILES, 'EXAMPLE_X'],
    ['no kernel', { ...FILES, '/boot/vmlinuz-6.1-a': undefined }, 'OTHER'],
    ['an initrd of another kernel only', { ...FILES, '/boot/initrd-6.1-a': undefined }, 'OTHER'],
    ['what must not be there', { ...FILES, '/casper/vmlinuz': 'x' }, 'OTHER'],
    ['another line', { ...FILES, '/etc/example-release': 'Sample 12.1 (x)' }, 'OTHER'],
    ['no such file', { ...FILES, '/etc/example-release': undefined }, 'OTHER'],
  ])('does not know an ISO with %s', async (_, files, label) => {
    const there = Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);
    expect(await ask(Object.fromEntries(there), { label })).toBeUndefined();
  });

  test('says why an ISO cannot boot', async () => {
    const rule = { rejected: 'Example {version} looks for a disc', entries: [] };
    expect(await ask(FILES, { rule })).toEqual({ rejected: 'Example 12.1 looks for a disc' });
  });

  test('puts nothing from the ISO where it would be more than a word', async () => {
    const rule = {
      recognise: { ...RULE.recognise, line: { file: '/etc/example-release', pattern: '{version:text}' } },
      entries: [{ ...RULE.entries[0], args: ['x={version}'] }],
    };
    const answer = await ask({ ...FILES, '/etc/example-release': 'a init=/bin/sh\u001b[2J {iso_path}\n' }, { rule });
    expect(answer).toBeUndefined();
    const blank = await ask({ ...FILES, '/etc/example-release': 'a init=x\n' }, { rule });
    expect(blank).toBeUndefined();
    expect(await ask({ ...FILES, '/etc/example-release': '{iso_path}\n' }, { rule })).toBeUndefined();
  });
});
