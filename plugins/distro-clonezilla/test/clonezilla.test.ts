import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { readUpstreamOf, vendorFile } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const STABLE = 'https://free.nchc.org.tw/clonezilla-live/stable/';
// Genuine, of September 2026.
const LIST = vendorFile('clonezilla/SHA256SUMS');
const SIGNATURE = vendorFile('clonezilla/SHA256SUMS.gpg');

describe('the list of Clonezilla', () => {
  test('gives its stable image, signed', async () => {
    const { images, document } = await readUpstreamOf(PLUGIN, {
      [`${STABLE}SHA256SUMS`]: LIST,
      [`${STABLE}SHA256SUMS.gpg`]: SIGNATURE,
    });
    expect([...images]).toEqual([
      [
        'clonezilla/3.3.3-37/live/x86_64',
        expect.objectContaining({
          file: 'clonezilla-live-3.3.3-37-amd64.iso',
          kind: 'tool',
          checksums: { sha256: '3079458d926a37d3533e5d5caeb61b6e49c2dc69e2c97e0332ef37986bb3414f' },
          mirrors: [
            `${STABLE}clonezilla-live-3.3.3-37-amd64.iso`,
            'https://downloads.sourceforge.net/project/clonezilla/clonezilla_live_stable/3.3.3-37/clonezilla-live-3.3.3-37-amd64.iso',
          ],
        }),
      ],
    ]);
    expect(images.get('clonezilla/3.3.3-37/live/x86_64')?.evidence).toMatchObject({
      level: 'signed',
      key: '54C0821A48715DAFD61BFCAF667857D045599AFD',
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({ title: 'Clonezilla 3.3.3-37' });
  });

  test.each([
    ['altered', new TextDecoder().decode(LIST).replace('3079458d', '3079458e'), SIGNATURE],
    ['signed by somebody else', LIST, vendorFile('debian/netinst-arm64-13.7.0/SHA256SUMS.sign')],
  ])('counts for nothing when it is %s', async (_, list, signature) => {
    const { error } = await readUpstreamOf(PLUGIN, {
      [`${STABLE}SHA256SUMS`]: list,
      [`${STABLE}SHA256SUMS.gpg`]: signature,
    });
    expect(error).toBe('DISTRIBUTION_EMPTY');
  });
});
