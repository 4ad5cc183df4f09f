import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readUpstreamOf, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

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
