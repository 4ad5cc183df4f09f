import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { readUpstreamOf, recognisedBy, vendorFile } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const LIST = 'https://archlinux.org/releng/releases/json/';

describe('the releases of Arch Linux', () => {
  test('are those still to be had, with sizes and the signature of the image itself', async () => {
    const { images, warnings, document } = await readUpstreamOf(PLUGIN, { [LIST]: vendorFile('arch/releases.json') });
    expect([...images.keys()]).toEqual(['arch/2026.09.01/standard/x86_64', 'arch/2026.08.01/standard/x86_64']);
    expect(images.get('arch/2026.09.01/standard/x86_64')).toMatchObject({
      file: 'archlinux-2026.09.01-x86_64.iso',
      size: 1608286208,
      default: true,
      checksums: { sha256: 'be8458032f8105e60ee2a3067f950b6e3c007ee51b38dac50e8b48e765561c91' },
      evidence: { level: 'tls' },
      mirrors: [
        'https://geo.mirror.pkgbuild.com/iso/2026.09.01/archlinux-2026.09.01-x86_64.iso',
        'https://archive.archlinux.org/iso/2026.09.01/archlinux-2026.09.01-x86_64.iso',
      ],
      signature: {
        url: 'https://archlinux.org/iso/2026.09.01/archlinux-2026.09.01-x86_64.iso.sig',
        keys: ['3E80CA1A8B89F69CBA57D98A76A5EF9054449A5C'],
      },
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({ title: 'Arch Linux 2026.09.01' });
    expect(warnings).toEqual([]);
  });
});

describe('the ISO of Arch Linux', () => {
  const files = {
    '/arch/boot/x86_64/vmlinuz-linux': '',
    '/arch/boot/x86_64/initramfs-linux.img': '',
    '/arch/version': '2026.09.01\n',
  };

  test('is started with where it lies', async () => {
    const { recognition, entries } = await recognisedBy(PLUGIN, createMemoryIso('ARCH_202609', files));
    expect(recognition).toMatchObject({ distribution: 'arch', version: '2026.09.01', kind: 'live' });
    expect(entries[0]).toMatchObject({
      kernel: '/arch/boot/x86_64/vmlinuz-linux',
      initrds: ['/arch/boot/x86_64/initramfs-linux.img'],
      args: ['archisobasedir=arch', 'img_dev=UUID={data_uuid}', 'img_loop={iso_path}'],
      conditions: { secureBoot: 'unsigned' },
    });
  });

  test('has microcode of its own when it is older', async () => {
    const older = { ...files, '/arch/boot/amd-ucode.img': '', '/arch/boot/intel-ucode.img': '' };
    const { entries } = await recognisedBy(PLUGIN, createMemoryIso('ARCH_202209', older));
    expect(entries[0]?.initrds).toEqual([
      '/arch/boot/intel-ucode.img',
      '/arch/boot/amd-ucode.img',
      '/arch/boot/x86_64/initramfs-linux.img',
    ]);
  });

  test.each([
    ['another label', 'COS_202609', files],
    ['another kernel', 'ARCH_202609', { ...files, '/arch/boot/x86_64/vmlinuz-linux': undefined }],
  ])('is not taken for one with %s', async (_, label, inside) => {
    const present = Object.fromEntries(Object.entries(inside).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])));
    expect((await recognisedBy(PLUGIN, createMemoryIso(label, present))).recognition).toBeUndefined();
  });
});
