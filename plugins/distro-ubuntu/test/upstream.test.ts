import { fileURLToPath } from 'node:url';

import { parseChecksumList } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { readUpstreamOf, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const SIGNING_KEY = '843938DF228D22F7B3742BC0D94AA3F0EFE21092';
const STREAMS = 'https://releases.ubuntu.com/streams/v1/com.ubuntu.releases:';
const XENIAL = 'https://releases.ubuntu.com/xenial/';
const BIONIC = 'https://cdimage.ubuntu.com/releases/18.04.6/';

/** Ubuntu's servers as far as there are genuine files of them; only the listing of cdimage is made up. */
const site: VendorSite = {
  [`${STREAMS}ubuntu.json`]: vendorFile('ubuntu/com.ubuntu.releases_ubuntu.json'),
  [`${STREAMS}ubuntu-server.json`]: vendorFile('ubuntu/com.ubuntu.releases_ubuntu-server.json'),
  [`${XENIAL}SHA256SUMS`]: vendorFile('ubuntu/releases-16.04.7/SHA256SUMS'),
  [`${XENIAL}SHA256SUMS.gpg`]: vendorFile('ubuntu/releases-16.04.7/SHA256SUMS.gpg'),
  'https://cdimage.ubuntu.com/releases/':
    '<a href="18.04/">18.04/</a> <a href="18.04.6/">18.04.6/</a> <a href="bionic/">',
  [`${BIONIC}release/SHA256SUMS`]: vendorFile('ubuntu/cdimage-18.04-ports/SHA256SUMS'),
  [`${BIONIC}release/SHA256SUMS.gpg`]: vendorFile('ubuntu/cdimage-18.04-ports/SHA256SUMS.gpg'),
};

describe('the lists of Ubuntu', () => {
  test('give signed images: found by the streams, with their sizes, proven by SHA256SUMS', async () => {
    const { images, document } = await readUpstreamOf(PLUGIN, site);
    const sums = parseChecksumList(
      new TextDecoder().decode(vendorFile('ubuntu/releases-16.04.7/SHA256SUMS')),
      'SHA256SUMS',
    );
    expect(images.get('ubuntu/16.04.7/desktop/x86_64')).toMatchObject({
      file: 'ubuntu-16.04.7-desktop-amd64.iso',
      kind: 'live',
      default: true,
      size: 1697906688,
      checksums: { sha256: sums.files.get('ubuntu-16.04.7-desktop-amd64.iso')?.sha256 },
      evidence: { level: 'signed', key: SIGNING_KEY },
      mirrors: [
        `${XENIAL}ubuntu-16.04.7-desktop-amd64.iso`,
        'https://old-releases.ubuntu.com/releases/xenial/ubuntu-16.04.7-desktop-amd64.iso',
      ],
    });
    const release = document?.distributions[0]?.releases.find(({ version }) => version === '16.04.7');
    expect(release).toMatchObject({ codename: 'Xenial Xerus', title: 'Ubuntu 16.04.7 LTS (Xenial Xerus)', lts: true });
  });

  test('leave out what has no signed list, with a warning', async () => {
    const { images, warnings } = await readUpstreamOf(PLUGIN, site);
    expect([...images.values()].every(({ evidence }) => evidence?.level === 'signed')).toBe(true);
    expect([...images.keys()].some((id) => id.startsWith('ubuntu/22.04'))).toBe(false);
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });

  test('are looked for in the newest folders of cdimage, once a series', async () => {
    const { images, asked } = await readUpstreamOf(PLUGIN, site);
    expect(images.get('ubuntu/18.04.6/server-alternate/aarch64')).toMatchObject({
      evidence: { level: 'signed' },
      mirrors: [`${BIONIC}release/ubuntu-18.04.6-server-arm64.iso`],
    });
    expect(asked).not.toContain('https://cdimage.ubuntu.com/releases/18.04/release/SHA256SUMS');
  });

  test('count for nothing when the list was altered', async () => {
    const altered = new TextDecoder()
      .decode(vendorFile('ubuntu/releases-16.04.7/SHA256SUMS'))
      .replace('8ba7e', '8ba7f');
    const { images } = await readUpstreamOf(PLUGIN, { ...site, [`${XENIAL}SHA256SUMS`]: altered });
    expect([...images.keys()].some((id) => id.startsWith('ubuntu/16.04'))).toBe(false);
  });
});
