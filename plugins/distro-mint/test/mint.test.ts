import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile, type SignedPlugin } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = '27DEB15644C6B3CF3BD7D291300F846BA25BAE09';
const STABLE = 'https://pub.linuxmint.io/stable/';

describe('the lists of Linux Mint', () => {
  test('are signed by the key that is pinned', async () => {
    const { images, document, asked } = await readUpstreamOf(PLUGIN, {
      [STABLE]: '<a href="20/">20/</a> <a href="../">',
      [`${STABLE}20/sha256sum.txt`]: vendorFile('mint/sha256sum.txt'),
      [`${STABLE}20/sha256sum.txt.gpg`]: vendorFile('mint/sha256sum.txt.gpg'),
    });
    expect([...images.keys()]).toEqual(['mint/20/cinnamon/x86_64', 'mint/20/mate/x86_64', 'mint/20/xfce/x86_64']);
    expect(images.get('mint/20/cinnamon/x86_64')).toMatchObject({
      default: true,
      kind: 'live',
      checksums: { sha256: '2f6ae466ec9b7c6255e997b82f162ae88bfe640a8df16d3e2f495b6281120af9' },
      evidence: { level: 'signed', key: KEY },
      mirrors: [
        `${STABLE}20/linuxmint-20-cinnamon-64bit.iso`,
        'https://mirrors.edge.kernel.org/linuxmint/stable/20/linuxmint-20-cinnamon-64bit.iso',
      ],
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({
      title: 'Linux Mint 20 (Ulyana)',
      released: '2020-06-27',
      endOfLife: '2025-04-30',
      lts: true,
    });
    expect(asked[0]).toBe(STABLE);
  });
});

describe('made-up lists of Linux Mint in the listing of 2026', () => {
  let ours: SignedPlugin;
  beforeAll(async () => {
    ours = await signedPlugin(PLUGIN);
  });
  afterAll(() => ours.remove());

  const sums = (version: string): string =>
    ['cinnamon-64bit', 'mate-64bit', 'xfce-64bit', 'cinnamon-64bit-edge', 'cinnamon-32bit']
      .map((edition, at) => `${String(at).repeat(64)} *linuxmint-${version}-${edition}.iso\n`)
      .join('');

  test('give the newest of each series', async () => {
    const { images, warnings } = await readUpstreamOf(ours.folder, {
      [STABLE]: vendorFile('mint/stable.html'),
      [`${STABLE}22.3/sha256sum.txt`]: sums('22.3'),
      [`${STABLE}22.3/sha256sum.txt.gpg`]: await ours.detached(KEY, sums('22.3')),
      [`${STABLE}21.3/sha256sum.txt`]: sums('21.3'),
      [`${STABLE}21.3/sha256sum.txt.gpg`]: await ours.detached('a stranger', sums('21.3')),
    });
    expect([...images.keys()]).toEqual([
      'mint/22.3/cinnamon/x86_64',
      'mint/22.3/mate/x86_64',
      'mint/22.3/xfce/x86_64',
      'mint/22.3/cinnamon-edge/x86_64',
    ]);
    expect(images.get('mint/22.3/xfce/x86_64')).toMatchObject({ checksums: { sha256: '2'.repeat(64) } });
    // 21.3 is signed by a stranger, 20.3 is not there.
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });
});
