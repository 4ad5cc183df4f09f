import { createMemoryIso, recognitionSchema } from '@loopstick/core';
import { expect, test } from 'vitest';

import { recogniseMemtest } from '../src/memtest.ts';

test.each([
  ['MT86PLUS_64', '/EFI/BOOT/bootx64.efi', 'uefi-x64'],
  ['MT86PLUS_64', '/EFI/BOOT/BOOTX64.EFI', 'uefi-x64'],
  ['MT86PLUS_32', '/EFI/BOOT/bootia32.efi', 'uefi-ia32'],
])('%s with %s', (label, kernel, firmware) => {
  const found = recogniseMemtest(createMemoryIso(label, { [kernel]: '' }));
  expect(recognitionSchema.parse(found)).toMatchObject({
    kind: 'tool',
    entries: [
      { kernel, initrds: [], conditions: { firmware: expect.arrayContaining([firmware]), secureBoot: 'unsigned' } },
    ],
  });
});

test('is not taken for the GRUB that stands in its place', () => {
  const files = { '/EFI/BOOT/bootx64.efi': 'GRUB', '/EFI/BOOT/memtest': '', '/boot/memtest': '' };
  expect(recogniseMemtest(createMemoryIso('MT86PLUS_64', files))?.entries).toMatchObject([
    { kernel: '/EFI/BOOT/memtest' },
  ]);
});

test('knows neither another label nor another file', () => {
  expect(recogniseMemtest(createMemoryIso('OTHER', { '/EFI/BOOT/bootx64.efi': '' }))).toBeUndefined();
  expect(recogniseMemtest(createMemoryIso('MT86PLUS_64', { '/EFI/BOOT/bootia32.efi': '' }))).toBeUndefined();
});
