import { fileURLToPath } from 'node:url';

import { createMemoryIso } from '@loopstick/core';
import { describe, expect, test } from 'vitest';

import { mirrorsBy, readUpstreamOf, recognisedBy } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const SITE = 'https://dl-cdn.alpinelinux.org/alpine/';

/** Made up, in the form of Alpine's latest-releases.yaml. */
const releases = (version: string, arch: string): string =>
  ['standard', 'minirootfs', 'virt']
    .map((flavor, at) => {
      const file = `alpine-${flavor}-${version}-${arch}.${flavor === 'minirootfs' ? 'tar.gz' : 'iso'}`;
      return `-
  title: "${flavor}"
  desc: "Alpine as it was.
    Just enough to get you started."
  branch: v${version.split('.', 2).join('.')}
  arch: ${arch}
  version: ${version}
  flavor: alpine-${flavor}
  file: ${file}
  iso: ${file}
  date: 2026-06-13
  time: 15:04:31
  size: ${250_000_000 + at}
  sha256: ${String(at + 1).repeat(64)}
  sha512: ${String(at + 1).repeat(128)}
`;
    })
    .join('')
    .replace(/^/, '---\n');

const site = {
  [`${SITE}latest-stable/releases/x86_64/latest-releases.yaml`]: releases('3.24.1', 'x86_64'),
  [SITE]: ['MIRRORS.txt', 'edge/', 'latest-stable/', 'v3.9/', 'v3.20/', 'v3.24/']
    .map((to) => `<a href="${to}">`)
    .join(''),
  [`${SITE}v3.24/releases/x86_64/latest-releases.yaml`]: releases('3.24.1', 'x86_64'),
  [`${SITE}v3.24/releases/aarch64/latest-releases.yaml`]: releases('3.24.1', 'aarch64'),
  [`${SITE}v3.20/releases/x86_64/latest-releases.yaml`]: releases('3.20.10', 'x86_64'),
};

describe('the releases of Alpine', () => {
  test('are those of each branch and machine', async () => {
    const { images, document } = await readUpstreamOf(PLUGIN, site);
    expect([...images.keys()]).toEqual([
      'alpine/3.24.1/standard/x86_64',
      'alpine/3.24.1/virt/x86_64',
      'alpine/3.24.1/standard/aarch64',
      'alpine/3.24.1/virt/aarch64',
      'alpine/3.20.10/standard/x86_64',
      'alpine/3.20.10/virt/x86_64',
    ]);
    const url = `${SITE}v3.20/releases/x86_64/alpine-virt-3.20.10-x86_64.iso`;
    expect(images.get('alpine/3.20.10/virt/x86_64')).toMatchObject({
      size: 250_000_002,
      checksums: { sha256: '3'.repeat(64) },
      evidence: { level: 'tls' },
      mirrors: [url],
      signature: { url: `${url}.asc`, keys: ['0482D84022F52DF1C4E7CD43293ACD0907D9495A'] },
    });
    expect(document?.distributions[0]?.releases[1]).toMatchObject({ version: '3.20.10', endOfLife: '2026-04-01' });
  });
});

test('its mirrors are in a list of its own', async () => {
  const path = 'v3.24/releases/x86_64/alpine-virt-3.24.1-x86_64.iso';
  expect(await mirrorsBy(PLUGIN, 'alpine', `${SITE}${path}`)).toEqual([
    { format: 'mirrorlist', url: `${SITE}MIRRORS.txt`, path },
  ]);
});

test('the ISO of Alpine cannot boot from a stick with others', async () => {
  const files = { '/boot/vmlinuz-lts': '', '/boot/modloop-lts': '', '/apks/.boot_repository': '' };
  expect(await recognisedBy(PLUGIN, createMemoryIso('alpine-std 3.24.1 x86_64', files))).toMatchObject({
    rejected: true,
  });
  const other = { '/boot/vmlinuz-lts': '', '/boot/initramfs-lts': '' };
  expect(await recognisedBy(PLUGIN, createMemoryIso('other', other))).toMatchObject({ rejected: false });
});
