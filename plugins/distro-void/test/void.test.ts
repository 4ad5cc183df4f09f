import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { readUpstreamOf, recognisedBy } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));

// Made up in Void's form. The first checksum is the one that Void's handbook and others tell of that file.
const SUMS = `SHA256 (void-live-x86_64-20250202-base.iso) = 0f7439f500740f62dd18972cae448cec7d8a85032c7eb8f1bf946100d9a92161
SHA256 (void-live-x86_64-20250202-xfce.iso) = ${'b'.repeat(64)}
SHA256 (void-live-x86_64-musl-20250202-xfce.iso) = ${'c'.repeat(64)}
SHA256 (void-live-aarch64-musl-20250202-base.iso) = ${'d'.repeat(64)}
SHA256 (void-x86_64-ROOTFS-20250202.tar.xz) = ${'e'.repeat(64)}
SHA256 (void-rpi-aarch64-20250202.img.xz) = ${'f'.repeat(64)}
`;

test('the list of Void Linux gives its live images', async () => {
  const { images, document, warnings } = await readUpstreamOf(PLUGIN, {
    'https://repo-default.voidlinux.org/live/current/sha256sum.txt': SUMS,
  });
  expect([...images.keys()]).toEqual([
    'void/20250202/base/x86_64',
    'void/20250202/xfce/x86_64',
    'void/20250202/xfce-musl/x86_64',
    'void/20250202/base-musl/aarch64',
  ]);
  expect(images.get('void/20250202/base/x86_64')).toMatchObject({
    kind: 'live',
    checksums: { sha256: '0f7439f500740f62dd18972cae448cec7d8a85032c7eb8f1bf946100d9a92161' },
    // Void signs this list, but not with OpenPGP.
    evidence: { level: 'tls' },
    mirrors: [
      'https://repo-default.voidlinux.org/live/20250202/void-live-x86_64-20250202-base.iso',
      'https://repo-fi.voidlinux.org/live/20250202/void-live-x86_64-20250202-base.iso',
    ],
  });
  expect(document?.distributions[0]?.releases[0]).toMatchObject({ title: 'Void Linux 20250202' });
  expect(warnings).toEqual([]);
});

describe('the ISO of Void Linux', () => {
  const FILES = { '/boot/vmlinuz': '', '/boot/initrd': '', '/LiveOS/squashfs.img': '' };

  // The arguments are those of Void's mklive.sh, which keeps them where no other menu would.
  test('is started as a live system that finds itself', async () => {
    const { recognition, entries } = await recognisedBy(PLUGIN, createMemoryIso('VOID_LIVE', FILES));
    expect(recognition).toMatchObject({ distribution: 'void', title: 'Void Linux', kind: 'live' });
    expect(entries.map(({ id }) => id)).toEqual(['live', 'ram', 'safe-graphics']);
    expect(entries[0]).toMatchObject({
      kernel: '/boot/vmlinuz',
      initrds: ['/boot/initrd'],
      args: expect.arrayContaining([
        'root=live:CDLABEL={iso_label}',
        'iso-scan/filename={iso_path}',
        'init=/sbin/init',
      ]),
      conditions: { secureBoot: 'unsigned' },
    });
    expect(entries[1]?.args).toContain('rd.live.ram');
  });

  test('has another kernel on ARM', async () => {
    const arm = { '/boot/vmlinux': '', '/boot/initrd': '', '/LiveOS/squashfs.img': '' };
    const { entries } = await recognisedBy(PLUGIN, createMemoryIso('VOID_LIVE', arm));
    expect(entries[0]).toMatchObject({ kernel: '/boot/vmlinux' });
  });

  test.each([
    ['another label', 'OTHER', FILES],
    ['no live system', 'VOID_LIVE', { '/boot/vmlinuz': '', '/boot/initrd': '' }],
  ])('is not taken for one with %s', async (_, label, files) => {
    expect((await recognisedBy(PLUGIN, createMemoryIso(label, files))).recognition).toBeUndefined();
  });
});
