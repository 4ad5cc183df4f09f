import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = '843938DF228D22F7B3742BC0D94AA3F0EFE21092';
const TREE = 'https://cdimage.ubuntu.com';
const MATE = `${TREE}/ubuntu-mate/releases`;

// The list is genuine, the page that links to it is made up in cdimage's form.
const site: VendorSite = {
  [`${MATE}/`]: '<a href="24.04/">24.04/</a> <a href="24.04.5/">24.04.5/</a> <a href="noble/">noble/</a>',
  [`${MATE}/24.04.5/release/SHA256SUMS`]: vendorFile('ubuntu/ubuntu-mate-24.04/SHA256SUMS'),
  [`${MATE}/24.04.5/release/SHA256SUMS.gpg`]: vendorFile('ubuntu/ubuntu-mate-24.04/SHA256SUMS.gpg'),
};

describe('the lists of flavours', () => {
  test('give signed images of distributions of their own, of each series the newest', async () => {
    const { images, document } = await readUpstreamOf(PLUGIN, site);
    expect([...images]).toEqual([
      [
        'ubuntu-mate/24.04.5/desktop/x86_64',
        expect.objectContaining({
          file: 'ubuntu-mate-24.04.5-desktop-amd64.iso',
          kind: 'live',
          default: true,
          checksums: { sha256: '60430d35da5c0bdb3d84a2fdf4052495256fc26ec300d7cd5a9933a534f0422c' },
          mirrors: [`${MATE}/24.04.5/release/ubuntu-mate-24.04.5-desktop-amd64.iso`],
        }),
      ],
    ]);
    expect(images.get('ubuntu-mate/24.04.5/desktop/x86_64')?.evidence).toMatchObject({ level: 'signed', key: KEY });
    const release = document?.distributions[0]?.releases[0];
    expect(release).toMatchObject({ title: 'Ubuntu MATE 24.04.5 LTS (Noble Numbat)', lts: true });
    // Ubuntu is kept up for longer than its flavours.
    expect(release).not.toHaveProperty('endOfLife');
  });

  test('count for nothing when they were altered', async () => {
    const list = `${MATE}/24.04.5/release/SHA256SUMS`;
    const altered = new TextDecoder().decode(vendorFile('ubuntu/ubuntu-mate-24.04/SHA256SUMS')).replace('6043', '6044');
    expect((await readUpstreamOf(PLUGIN, { ...site, [list]: altered })).images.size).toBe(0);
  });

  test('are what they are wherever they lie: one flavour is never passed off as another', async () => {
    const other = `${TREE}/xubuntu/releases`;
    const moved = Object.entries(site).map(([url, body]) => [url.replace(MATE, other), body]);
    const { images, document } = await readUpstreamOf(PLUGIN, Object.fromEntries(moved) as VendorSite);
    expect([...images.keys()]).toEqual(['ubuntu-mate/24.04.5/desktop/x86_64']);
    expect(images.get('ubuntu-mate/24.04.5/desktop/x86_64')?.mirrors?.[0]).toMatch(MATE);
    expect(Object.values(document?.origins ?? {}).map(({ title }) => title)).toContain('SHA256SUMS of Ubuntu MATE');
  });

  // These lists are made up, and signed by a throw-away key.
  test('tell whole desktops from small ones, whatever they are called', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const made: Record<string, string> = {};
    for (const [flavour, files] of [
      ['xubuntu', ['xubuntu-25.10-desktop-amd64.iso', 'xubuntu-25.10-minimal-amd64.iso', 'xubuntu-25.10.manifest']],
      ['ubuntustudio', ['ubuntustudio-25.10-dvd-amd64.iso']],
    ] as const) {
      const list = files.map((file) => `${'a'.repeat(64)} *${file}\n`).join('');
      const folder = `${TREE}/${flavour}/releases/`;
      made[folder] = '<a href="25.10/">';
      made[`${folder}25.10/release/SHA256SUMS`] = list;
      made[`${folder}25.10/release/SHA256SUMS.gpg`] = await plugin.detached(KEY, list);
    }
    const { images, document } = await readUpstreamOf(plugin.folder, made);
    expect([...images.keys()].sort()).toEqual([
      'ubuntustudio/25.10/desktop/x86_64',
      'xubuntu/25.10/desktop/x86_64',
      'xubuntu/25.10/minimal/x86_64',
    ]);
    const titles = document?.distributions.map(({ releases }) => releases[0]?.title);
    expect(titles).toEqual(['Xubuntu 25.10 (Questing Quokka)', 'Ubuntu Studio 25.10 (Questing Quokka)']);
  });
});

test('the key and the dates are those of Ubuntu', () => {
  const read = (plugin: string) =>
    JSON.parse(readFileSync(new URL(`../../${plugin}/distribution.json`, import.meta.url), 'utf8')) as {
      keys: unknown;
      releases: { version: string; codename?: string; released?: string }[];
    };
  const [ubuntu, flavours] = [read('distro-ubuntu'), read('distro-ubuntu-flavours')];
  expect(flavours.keys).toEqual(ubuntu.keys);
  for (const { version, codename, released } of flavours.releases) {
    expect(ubuntu.releases).toContainEqual(
      expect.objectContaining({ version, ...(codename === undefined ? { released } : { codename }) }),
    );
  }
});
