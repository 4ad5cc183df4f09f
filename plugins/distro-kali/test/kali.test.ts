import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import {
  readUpstreamOf,
  signedPlugin,
  vendorFile,
  type SignedPlugin,
  type VendorSite,
} from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = '827C8569F2518CC677FECA1AED65462EC8D5E4C5';
const SITE = 'https://cdimage.kali.org/';
const FOLDER = `${SITE}kali-2026.2/`;

/** Made up, in the form of Kali's: also of what the server does not have, and of torrents. */
const SUMS = [
  'installer-amd64',
  'installer-netinst-amd64',
  'installer-netinst-arm64',
  'installer-purple-amd64',
  'live-amd64',
  'live-everything-amd64',
]
  .flatMap((name, at) => [
    `${String(at + 1).repeat(64)}  kali-linux-2026.2-${name}.iso`,
    `${'f'.repeat(64)}  kali-linux-2026.2-${name}.iso.torrent`,
  ])
  .join('\n');

let ours: SignedPlugin;
beforeAll(async () => {
  ours = await signedPlugin(PLUGIN);
});
afterAll(() => ours.remove());

const site = async (signer: string): Promise<VendorSite> => ({
  [`${SITE}current/SHA256SUMS`]: SUMS,
  [SITE]: '<a href="current/">current/</a> <a href="kali-2026.2/"> <a href="kali-weekly/"> <a href="project/">',
  [FOLDER]: vendorFile('kali/current.html'),
  [`${FOLDER}SHA256SUMS`]: SUMS,
  [`${FOLDER}SHA256SUMS.gpg`]: await ours.detached(signer, SUMS),
});

describe('the lists of Kali', () => {
  test('give what the server has and the signed list vouches for', async () => {
    const { images, warnings } = await readUpstreamOf(ours.folder, await site(KEY));
    expect([...images.keys()]).toEqual([
      'kali/2026.2/installer/x86_64',
      'kali/2026.2/installer-netinst/x86_64',
      'kali/2026.2/installer-netinst/aarch64',
      'kali/2026.2/installer-purple/x86_64',
    ]);
    const torrents = [`${FOLDER}kali-linux-2026.2-installer-amd64.iso.torrent`];
    expect(images.get('kali/2026.2/installer/x86_64')).toMatchObject({ torrents });
    expect(images.get('kali/2026.2/installer-netinst/x86_64')).not.toHaveProperty('torrents');
    expect(images.get('kali/2026.2/installer-netinst/aarch64')).toMatchObject({
      kind: 'installer',
      checksums: { sha256: '3'.repeat(64) },
      evidence: { level: 'signed' },
      mirrors: [
        `${FOLDER}kali-linux-2026.2-installer-netinst-arm64.iso`,
        'https://kali.download/base-images/kali-2026.2/kali-linux-2026.2-installer-netinst-arm64.iso',
        'https://old.kali.org/kali-images/kali-2026.2/kali-linux-2026.2-installer-netinst-arm64.iso',
      ],
    });
    // The listing has an installer for arm64 that the list does not vouch for.
    expect(warnings).toEqual(['DISTRIBUTION_NO_CHECKSUM']);
  });

  test('give live images where there are any', async () => {
    const live = '<a href="kali-linux-2026.2-live-amd64.iso">';
    const { images } = await readUpstreamOf(ours.folder, { ...(await site(KEY)), [FOLDER]: live });
    expect([...images]).toEqual([
      ['kali/2026.2/live/x86_64', expect.objectContaining({ kind: 'live', default: true })],
    ]);
  });

  test('count for nothing when somebody else signed them', async () => {
    expect((await readUpstreamOf(ours.folder, await site('a stranger'))).error).toBe('DISTRIBUTION_EMPTY');
  });
});
