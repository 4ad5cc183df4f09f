import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { expect, test } from 'vitest';

import { readUpstreamOf, recognisedBy, vendorFile } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const LEAP = 'https://download.opensuse.org/distribution/leap/';
const NET = 'openSUSE-Leap-15.6-NET-x86_64-Media.iso';
const LIVE = 'openSUSE-Leap-15.6-KDE-Live-x86_64-Media.iso';
const ONLINE = 'Leap-16.0-online-installer-x86_64-Build178.27.install.iso';

/** The checksums of 15.6 are genuine; the listings, in the form of MirrorCache's, and the metalink are made up. */
const site = {
  [LEAP]: ['15.5', '15.6', '16.0', '42.3'].map((name) => `<a href="./${name}/">${name}/</a>`).join('\n'),
  [`${LEAP}16.0/offline/`]: `<a href="./${ONLINE}"> <a href="./${ONLINE}.sha512"> <a href="./${ONLINE.replace('-Build178.27', '')}">`,
  [`${LEAP}16.0/offline/${ONLINE}.meta4`]: `<metalink xmlns="urn:ietf:params:xml:ns:metalink">
    <file name="${ONLINE}"><size>746586112</size><hash type="sha-256">${'a'.repeat(64)}</hash></file></metalink>`,
  [`${LEAP}15.6/iso/`]: `<a href="./${NET}"> <a href="./openSUSE-Leap-15.6-NET-x86_64-Build710.3-Media.iso">`,
  [`${LEAP}15.6/iso/${NET}.sha256`]: vendorFile(`opensuse/${NET}.sha256`),
  [`${LEAP}15.6/iso/${NET}.sha256.asc`]: vendorFile(`opensuse/${NET}.sha256.asc`),
  [`${LEAP}15.6/live/`]: `<a href="./${LIVE}">`,
  [`${LEAP}15.6/live/${LIVE}.sha256`]: `${'b'.repeat(64)} ${LIVE}\n`,
  [`${LEAP}15.6/live/${LIVE}.sha256.asc`]: vendorFile(`opensuse/${NET}.sha256.asc`),
};

test('the images of Leap 15 are signed by the key that is pinned; Leap 16 has no signed SHA-256', async () => {
  const { images, document, warnings } = await readUpstreamOf(PLUGIN, site);
  expect([...images].map(([id, { size, evidence }]) => [id, size, evidence?.level, evidence?.key])).toEqual([
    ['opensuse-leap/16.0/online/x86_64', 746586112, 'tls', undefined],
    ['opensuse-leap/15.6/net/x86_64', undefined, 'signed', 'AD485664E901B867051AB15F35A2F86E29B700A4'],
  ]);
  expect(images.get('opensuse-leap/15.6/net/x86_64')?.checksums?.sha256).toMatch(/^0984b36d/);
  expect(document?.distributions[0]?.releases[1]).toMatchObject({ version: '15.6', endOfLife: '2026-04-30' });
  // The signature beside the live image is of another file, and 15.6 has no folder for Leap 16's installers.
  expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
});

const BOOT = { '/boot/x86_64/loader/linux': '', '/boot/x86_64/loader/initrd': '' };
const LIVE_BOOT = { ...BOOT, '/LiveOS/squashfs.img': '' };

test.each([
  ['Install-Leap-16.0-x86_64', LIVE_BOOT, '16.0', 'installer', 'root=live:CDLABEL={iso_label}'],
  ['openSUSE_Leap_15.6_KDE_Live', LIVE_BOOT, '15.6', 'live', 'root=live:CDLABEL={iso_label}'],
  ['openSUSE_Leap_15.6_Rescue_CD', LIVE_BOOT, '15.6', 'live', 'root=live:CDLABEL={iso_label}'],
  ['openSUSE-Leap-15.6-DVD-x86_64710', BOOT, '15.6', 'installer', 'install=hd:{iso_path}'],
  ['openSUSE-Leap-15.5-3-NET-x86_64', BOOT, '15.5', 'installer', 'install=hd:{iso_path}'],
])('%s is started with where it lies', async (label, files, version, kind, argument) => {
  const { recognition, entries } = await recognisedBy(PLUGIN, createMemoryIso(label, files));
  expect(recognition).toMatchObject({ distribution: 'opensuse-leap', version, kind });
  expect(entries[0]?.args[0]).toBe(argument);
});

test('installers for ARM have their kernel elsewhere', async () => {
  const files = { '/boot/aarch64/linux': '', '/boot/aarch64/initrd': '' };
  const { entries } = await recognisedBy(PLUGIN, createMemoryIso('openSUSE-Leap-15.6-DVD-aarch64710', files));
  expect(entries[0]).toMatchObject({ kernel: '/boot/aarch64/linux', initrds: ['/boot/aarch64/initrd'] });
});

test.each([
  ['Tumbleweed', 'openSUSE-Tumbleweed-DVD-x86_6419', BOOT],
  ['Fedora', 'Fedora-WS-Live-42', LIVE_BOOT],
])('an image of %s is none of its own', async (_, label, files) => {
  expect((await recognisedBy(PLUGIN, createMemoryIso(label, files))).recognition).toBeUndefined();
});
