import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { readUpstreamOf, signedPlugin, type SignedPlugin, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = '27DEB15644C6B3CF3BD7D291300F846BA25BAE09';
const FOLDER = 'https://pub.linuxmint.io/debian/';

/** Made up, in the form of Linux Mint's. */
const SUMS = ['lmde-5-cinnamon-64bit', 'lmde-6-cinnamon-32bit', 'lmde-6-cinnamon-64bit', 'lmde-7-cinnamon-64bit']
  .map((name, at) => `${String(at).repeat(64)} *${name}.iso\n`)
  .join('');

let ours: SignedPlugin;
beforeAll(async () => {
  ours = await signedPlugin(PLUGIN);
});
afterAll(() => ours.remove());

const site = async (signer: string): Promise<VendorSite> => ({
  [`${FOLDER}sha256sum.txt`]: SUMS,
  [`${FOLDER}sha256sum.txt.gpg`]: await ours.detached(signer, SUMS),
});

describe('the list of LMDE', () => {
  test('gives the newest two', async () => {
    const { images, document } = await readUpstreamOf(ours.folder, await site(KEY));
    expect([...images.keys()]).toEqual(['lmde/7/cinnamon/x86_64', 'lmde/6/cinnamon/x86_64']);
    expect(images.get('lmde/7/cinnamon/x86_64')).toMatchObject({
      default: true,
      checksums: { sha256: '3'.repeat(64) },
      evidence: { level: 'signed' },
      mirrors: [
        `${FOLDER}lmde-7-cinnamon-64bit.iso`,
        'https://mirrors.edge.kernel.org/linuxmint/debian/lmde-7-cinnamon-64bit.iso',
      ],
    });
    expect(document?.distributions[0]?.releases[1]).toMatchObject({
      title: 'LMDE 6 (Faye)',
      endOfLife: '2026-01-01',
    });
  });

  test('counts for nothing when somebody else signed it', async () => {
    expect((await readUpstreamOf(ours.folder, await site('a stranger'))).error).toBe('DISTRIBUTION_EMPTY');
  });
});
