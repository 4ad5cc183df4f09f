import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  mirrorsBy,
  readUpstreamOf,
  recognisedBy,
  signedPlugin,
  vendorFile,
  type SignedPlugin,
} from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = 'AD485664E901B867051AB15F35A2F86E29B700A4';
const ISO = 'https://download.opensuse.org/tumbleweed/iso/';
const ARM = 'https://download.opensuse.org/ports/aarch64/tumbleweed/iso/';
const FIRST = { [`${ISO}openSUSE-Tumbleweed-DVD-x86_64-Current.iso.sha256`]: 'whatever' };

/** Made up, in the form of MirrorCache's listings. */
const listing = (...names: string[]): string =>
  names.map((name) => `<td class="name"><a href="./${name}">${name}</a></td>`).join('\n');

test('a snapshot of Tumbleweed is signed by the key that is pinned', async () => {
  const name = 'openSUSE-Tumbleweed-NET-x86_64-Snapshot20260929-Media.iso';
  const { images } = await readUpstreamOf(PLUGIN, {
    ...FIRST,
    [ISO]: listing('openSUSE-Tumbleweed-NET-x86_64-Current.iso', name, `${name}.sha256`, `${name}.sha256.asc`),
    [`${ISO}${name}.sha256`]: vendorFile(`opensuse/${name}.sha256`),
    [`${ISO}${name}.sha256.asc`]: vendorFile(`opensuse/${name}.sha256.asc`),
  });
  expect([...images]).toEqual([
    [
      'opensuse-tumbleweed/20260929/net/x86_64',
      expect.objectContaining({
        kind: 'installer',
        checksums: { sha256: '48436b02921bb1e3f4c385db8861baeee2368d2c60b490bc17373f1ba374c586' },
        mirrors: [`${ISO}${name}`],
      }),
    ],
  ]);
  expect(images.get('opensuse-tumbleweed/20260929/net/x86_64')?.evidence).toMatchObject({ level: 'signed', key: KEY });
});

describe('made-up snapshots', () => {
  let ours: SignedPlugin;
  beforeAll(async () => {
    ours = await signedPlugin(PLUGIN);
  });
  afterAll(() => ours.remove());

  const files = async (folder: string, name: string, signer: string = KEY): Promise<Record<string, string>> => {
    const sums = `${'a'.repeat(64)}  ${name}\n`;
    return { [`${folder}${name}.sha256`]: sums, [`${folder}${name}.sha256.asc`]: await ours.detached(signer, sums) };
  };

  test('have variants of their own, for ARM as well', async () => {
    const media = (what: string): string => `openSUSE-Tumbleweed-${what}-Snapshot20261030-Media.iso`;
    const names = ['DVD-x86_64', 'KDE-Live-x86_64', 'Rescue-CD-x86_64', 'NET-x86_64'].map(media);
    const arm = media('DVD-aarch64');
    const [dvd = '', kde = '', rescue = '', net = ''] = names;
    const { images, warnings } = await readUpstreamOf(ours.folder, {
      ...FIRST,
      [ISO]: listing(...names, 'openSUSE-MicroOS-DVD-x86_64-Snapshot20261030-Media.iso'),
      [ARM]: listing(arm),
      ...(await files(ISO, dvd)),
      ...(await files(ISO, kde)),
      ...(await files(ISO, rescue)),
      ...(await files(ISO, net, 'a stranger')),
      ...(await files(ARM, arm)),
    });
    expect([...images].map(([id, { kind, evidence }]) => [id, kind, evidence?.level])).toEqual([
      ['opensuse-tumbleweed/20261030/dvd/x86_64', 'installer', 'signed'],
      ['opensuse-tumbleweed/20261030/live-kde/x86_64', 'live', 'signed'],
      ['opensuse-tumbleweed/20261030/rescue/x86_64', 'tool', 'signed'],
      ['opensuse-tumbleweed/20261030/dvd/aarch64', 'installer', 'signed'],
    ]);
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });
});

test('its mirrors are in a metalink beside the file', async () => {
  const file = 'openSUSE-Tumbleweed-NET-x86_64-Snapshot20260929-Media.iso';
  expect(await mirrorsBy(PLUGIN, 'opensuse-tumbleweed', `${ISO}${file}`)).toEqual([
    { format: 'metalink', url: `${ISO}${file}.meta4`, tree: `tumbleweed/iso/${file}` },
  ]);
  expect(await mirrorsBy(PLUGIN, 'opensuse-tumbleweed', `https://mirror.example/${file}`)).toEqual([]);
});

const BOOT = { '/boot/x86_64/loader/linux': '', '/boot/x86_64/loader/initrd': '' };

test('a live image finds its root in the ISO, and keeps what its own menu has', async () => {
  const menu = `menuentry "Live" { linux /boot/x86_64/loader/linux root=live:CDLABEL=X rd.live.image splash=silent rd.kiwi.x=1 }`;
  const files = { ...BOOT, '/LiveOS/squashfs.img': '', '/boot/grub2/grub.cfg': menu };
  const iso = createMemoryIso('openSUSE_Tumbleweed_KDE_Live', files);
  const { recognition, entries } = await recognisedBy(PLUGIN, iso);
  expect(recognition).toMatchObject({ title: 'openSUSE Tumbleweed KDE', kind: 'live' });
  expect(entries[0]).toMatchObject({
    initrds: ['/boot/x86_64/loader/initrd'],
    args: ['root=live:CDLABEL={iso_label}', 'rd.live.image', 'iso-scan/filename={iso_path}', 'rd.kiwi.x=1'],
    conditions: { secureBoot: 'signed' },
  });
});

test('an installer is told where the ISO is', async () => {
  const iso = createMemoryIso('openSUSE-Tumbleweed-DVD-x86_6419', BOOT);
  const { recognition, entries } = await recognisedBy(PLUGIN, iso);
  expect(recognition).toMatchObject({ distribution: 'opensuse-tumbleweed', kind: 'installer' });
  expect(entries.map(({ id, args }) => [id, args])).toEqual([
    ['install', ['install=hd:{iso_path}']],
    ['upgrade', ['install=hd:{iso_path}', 'upgrade=1']],
    ['rescue', ['install=hd:{iso_path}', 'rescue=1']],
  ]);
});

test.each([
  ['Fedora', 'Fedora-WS-Live-42', { ...BOOT, '/LiveOS/squashfs.img': '' }],
  ['Leap', 'openSUSE-Leap-15.6-DVD-x86_64710', BOOT],
])('an image of %s is none of its own', async (_, label, files) => {
  expect((await recognisedBy(PLUGIN, createMemoryIso(label, files))).recognition).toBeUndefined();
});
