import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { readUpstreamOf, recognisedBy } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const FILE = 'systemrescue-13.02-amd64.iso';
const SITE = 'https://www.system-rescue.org/';

/** Made up, with the links that the page has. */
const site = {
  [`${SITE}Download/`]: `
    <a href="https://fastly-cdn.system-rescue.org/releases/13.02/${FILE}">Fastly</a>
    <a href="https://sourceforge.net/projects/systemrescuecd/files/sysresccd-x86/13.02/${FILE}/download">Sourceforge</a>
    <a href="/releases/13.02/${FILE}.sha256">sha256</a> <a href="/releases/13.02/${FILE}.asc">signature</a>
    <a href="https://fastly-cdn.system-rescue.org/download/usbwriter/1.1.1/sysrescueusbwriter-x86_64.AppImage">`,
  [`${SITE}releases/13.02/${FILE}.sha256`]: `${'a'.repeat(64)}  ${FILE}\n`,
};

describe('the download page of SystemRescue', () => {
  test('leads to the image, whose signature is its own', async () => {
    const { images, warnings } = await readUpstreamOf(PLUGIN, site);
    expect([...images]).toEqual([
      [
        'systemrescue/13.02/standard/x86_64',
        expect.objectContaining({
          file: FILE,
          kind: 'tool',
          checksums: { sha256: 'a'.repeat(64) },
          mirrors: [
            `https://fastly-cdn.system-rescue.org/releases/13.02/${FILE}`,
            `https://downloads.sourceforge.net/project/systemrescuecd/sysresccd-x86/13.02/${FILE}`,
          ],
          signature: {
            form: 'detached',
            url: `${SITE}releases/13.02/${FILE}.asc`,
            keys: ['0FF11AF081E98345594812037091115F8320B897'],
          },
        }),
      ],
    ]);
    expect(images.get('systemrescue/13.02/standard/x86_64')?.evidence?.level).toBe('tls');
    expect(warnings).toEqual([]);
  });
});

test('the ISO of SystemRescue is started with where it lies, and from memory if wanted', async () => {
  const files = {
    '/sysresccd/boot/x86_64/vmlinuz': '',
    '/sysresccd/boot/x86_64/sysresccd.img': '',
    '/sysresccd/boot/intel_ucode.img': '',
    '/sysresccd/boot/amd_ucode.img': '',
    '/sysresccd/.imageinfo': '# SystemRescue imageinfo\nNAME=SystemRescue\nVERSION=13.02\nARCH=x86_64\n',
  };
  const { recognition, entries } = await recognisedBy(PLUGIN, createMemoryIso('RESCUE1302', files));
  expect(recognition).toMatchObject({ distribution: 'systemrescue', version: '13.02', kind: 'tool' });
  expect(entries.map(({ id }) => id)).toEqual(['rescue', 'copy-to-memory', 'safe-graphics']);
  expect(entries[1]).toMatchObject({
    kernel: '/sysresccd/boot/x86_64/vmlinuz',
    initrds: [
      '/sysresccd/boot/intel_ucode.img',
      '/sysresccd/boot/amd_ucode.img',
      '/sysresccd/boot/x86_64/sysresccd.img',
    ],
    args: ['archisobasedir=sysresccd', 'img_dev=UUID={data_uuid}', 'img_loop={iso_path}', 'iomem=relaxed', 'copytoram'],
  });
  expect((await recognisedBy(PLUGIN, createMemoryIso('OTHER', files))).recognition).toBeUndefined();
});
