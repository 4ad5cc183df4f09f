import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const DVD = 'https://cdimage.debian.org/debian-cd/current/amd64/iso-dvd/';

// The genuine list is of 11.2.0, when that was the current one.
const site: VendorSite = {
  [`${DVD}SHA256SUMS`]: vendorFile('debian/SHA256SUMS'),
  [`${DVD}SHA256SUMS.sign`]: vendorFile('debian/SHA256SUMS.sign'),
};

describe('the lists of Debian', () => {
  test('give signed images, named by the list of checksums itself', async () => {
    const { images, document } = await readUpstreamOf(PLUGIN, site, new Date('2022-01-01T00:00:00Z'));
    expect([...images]).toEqual([
      [
        'debian/11.2.0/dvd/x86_64',
        expect.objectContaining({
          file: 'debian-11.2.0-amd64-DVD-1.iso',
          kind: 'installer',
          checksums: { sha256: '022370f066bc91b2cdac3837ff5fa9f3822c5afb2fc34f68084416079fe5a408' },
          mirrors: [
            'https://cdimage.debian.org/debian-cd/11.2.0/amd64/iso-dvd/debian-11.2.0-amd64-DVD-1.iso',
            'https://cdimage.debian.org/cdimage/archive/11.2.0/amd64/iso-dvd/debian-11.2.0-amd64-DVD-1.iso',
          ],
        }),
      ],
    ]);
    expect(images.get('debian/11.2.0/dvd/x86_64')?.evidence).toMatchObject({
      level: 'signed',
      key: 'DF9B9C49EAA9298432589D76DA87E80D6294BE9B',
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({ codename: 'bullseye', endOfLife: '2024-08-14' });
    const [origin] = Object.values(document?.origins ?? {}).filter(({ published }) => published !== undefined);
    expect(origin).toMatchObject({ location: `${DVD}SHA256SUMS`, published: '2021-12-18' });
  });

  test('are all lost when the signature is of another list', async () => {
    const { error } = await readUpstreamOf(PLUGIN, {
      ...site,
      [`${DVD}SHA256SUMS`]: 'a'.repeat(64) + '  debian-11.2.0-amd64-DVD-1.iso\n',
    });
    expect(error).toBe('DISTRIBUTION_EMPTY');
  });
});

// A genuine list, of September 2026.
test('the network installer for ARM is signed', async () => {
  const folder = 'https://cdimage.debian.org/debian-cd/current/arm64/iso-cd/';
  const { images, document } = await readUpstreamOf(PLUGIN, {
    [`${folder}SHA256SUMS`]: vendorFile('debian/netinst-arm64-13.7.0/SHA256SUMS'),
    [`${folder}SHA256SUMS.sign`]: vendorFile('debian/netinst-arm64-13.7.0/SHA256SUMS.sign'),
  });
  expect(images.get('debian/13.7.0/netinst/aarch64')).toMatchObject({
    file: 'debian-13.7.0-arm64-netinst.iso',
    evidence: { level: 'signed' },
    checksums: { sha256: '6e93fa1759bd9d4b0fc11e938987de6967ee7de5297dac1be27c3a75cc17024b' },
  });
  expect(document?.distributions[0]?.releases[0]).toMatchObject({ title: 'Debian 13.7.0 (trixie)' });
});

// Made up in the form of the archive's list, which Debian signs through another file that is not read.
test('the smallest installer is known by its place', async () => {
  const folder = 'https://deb.debian.org/debian/dists/trixie/main/installer-amd64/current/images/';
  const sum = (digit: string, name: string) => `${digit.repeat(64)}  ./${name}\n`;
  const { images } = await readUpstreamOf(PLUGIN, {
    [`${folder}SHA256SUMS`]:
      sum('a', 'cdrom/initrd.gz') + sum('b', 'netboot/gtk/mini.iso') + sum('c', 'netboot/mini.iso'),
  });
  expect([...images]).toEqual([
    [
      'debian/13/mini/x86_64',
      expect.objectContaining({
        kind: 'installer',
        checksums: { sha256: 'c'.repeat(64) },
        mirrors: [`${folder}netboot/mini.iso`],
      }),
    ],
  ]);
  expect(images.get('debian/13/mini/x86_64')?.evidence).toMatchObject({ level: 'tls' });
});

describe("lists that are made up, signed by a key in place of Debian's", () => {
  const CD = 'https://cdimage.debian.org/';
  const KEY = 'DF9B9C49EAA9298432589D76DA87E80D6294BE9B';
  const line = (digit: string, name: string) => `${digit.repeat(64)}  ${name}\n`;

  test('give network installers and live images, of this release and of earlier ones', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(() => plugin.remove());
    const signed = async (folder: string, text: string) => [
      [`${CD}${folder}SHA256SUMS`, text] as const,
      [`${CD}${folder}SHA256SUMS.sign`, await plugin.detached(KEY, text)] as const,
    ];
    const lists = await Promise.all([
      signed(
        'debian-cd/current/amd64/iso-cd/',
        line('a', 'debian-13.2.0-amd64-netinst.iso') + line('b', 'debian-edu-13.2.0-amd64-netinst.iso'),
      ),
      signed('debian-cd/current/arm64/iso-cd/', line('c', 'debian-13.2.0-arm64-netinst.iso')),
      signed(
        'debian-cd/current-live/amd64/iso-hybrid/',
        line('d', 'debian-live-13.2.0-amd64-gnome.iso') + line('e', 'debian-live-13.2.0-amd64-gnome.packages'),
      ),
      signed('cdimage/archive/12.12.0/amd64/iso-cd/', line('f', 'debian-12.12.0-amd64-netinst.iso')),
      signed('cdimage/archive/12.12.0-live/amd64/iso-hybrid/', line('1', 'debian-live-12.12.0-amd64-kde.iso')),
    ]);
    const archive = ['../', '12.9.0/', '12.12.0/', '12.12.0-live/', 'older-contrib/'];
    const made = { [`${CD}cdimage/archive/`]: archive.map((name) => `<a href="${name}">${name}</a>`).join('\n') };
    const { images } = await readUpstreamOf(plugin.folder, { ...Object.fromEntries(lists.flat()), ...made });
    expect([...images.keys()]).toEqual([
      'debian/13.2.0/netinst/x86_64',
      'debian/13.2.0/netinst/aarch64',
      'debian/13.2.0/live-gnome/x86_64',
      'debian/12.12.0/netinst/x86_64',
      'debian/12.12.0/live-kde/x86_64',
    ]);
    expect([...images.values()].every(({ evidence }) => evidence?.level === 'signed')).toBe(true);
    // Of these, what boots from a stick: the installers look for a disc.
    expect(images.get('debian/13.2.0/live-gnome/x86_64')).toMatchObject({ default: true });
    expect(images.get('debian/13.2.0/netinst/x86_64')).not.toHaveProperty('default');
    expect(images.get('debian/13.2.0/live-gnome/x86_64')?.mirrors).toEqual([
      `${CD}debian-cd/13.2.0-live/amd64/iso-hybrid/debian-live-13.2.0-amd64-gnome.iso`,
      `${CD}cdimage/archive/13.2.0-live/amd64/iso-hybrid/debian-live-13.2.0-amd64-gnome.iso`,
    ]);
    expect(images.get('debian/12.12.0/netinst/x86_64')?.mirrors).toEqual([
      `${CD}cdimage/archive/12.12.0/amd64/iso-cd/debian-12.12.0-amd64-netinst.iso`,
    ]);
  });
});
