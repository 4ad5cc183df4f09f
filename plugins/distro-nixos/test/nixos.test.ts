import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { readUpstreamOf } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));

// Made up, in the form that NixOS's own web page and other readers of this answer expect.
const channel = (name: string, status: string, variant = 'primary') => ({
  metric: { __name__: 'channel_revision', channel: name, revision: 'c7f47036d3df', status, variant },
  value: [1764500000.1, '1'],
});
const CHANNELS = JSON.stringify({
  status: 'success',
  data: {
    resultType: 'vector',
    result: [
      channel('nixos-unstable', 'rolling'),
      channel('nixos-26.05', 'stable'),
      channel('nixos-26.05-small', 'stable', 'small'),
      channel('nixpkgs-26.05-darwin', 'stable', 'darwin'),
      channel('nixos-25.11', 'deprecated'),
      channel('nixos-25.05', 'unmaintained'),
    ],
  },
});
const sums = (release: string, edition: string, build: string): [string, string] => [
  `https://channels.nixos.org/nixos-${release}/latest-nixos-${edition}-x86_64-linux.iso.sha256`,
  `${'a'.repeat(64)}  nixos-${edition}-${build}-x86_64-linux.iso\n`,
];

test('the channels of NixOS give the images of those that are kept up, at addresses that stay', async () => {
  const { images, document } = await readUpstreamOf(PLUGIN, {
    'https://prometheus.nixos.org/api/v1/query?query=channel_revision': CHANNELS,
    ...Object.fromEntries([
      sums('26.05', 'graphical', '26.05.3838.1e6e9abcdef0'),
      sums('26.05', 'minimal', '26.05.3838.1e6e9abcdef0'),
      sums('25.11', 'minimal', '25.11.9418.c7f47036d3df'),
    ]),
  });
  expect([...images.keys()].sort()).toEqual([
    'nixos/25.11/minimal/x86_64',
    'nixos/26.05/graphical/x86_64',
    'nixos/26.05/minimal/x86_64',
  ]);
  expect(images.get('nixos/25.11/minimal/x86_64')).toMatchObject({
    file: 'nixos-minimal-25.11.9418.c7f47036d3df-x86_64-linux.iso',
    kind: 'live',
    checksums: { sha256: 'a'.repeat(64) },
    evidence: { level: 'tls' },
    mirrors: [
      'https://releases.nixos.org/nixos/25.11/nixos-25.11.9418.c7f47036d3df/nixos-minimal-25.11.9418.c7f47036d3df-x86_64-linux.iso',
    ],
  });
  expect(images.get('nixos/26.05/graphical/x86_64')).toMatchObject({ default: true });
  expect(document?.distributions[0]?.releases[0]).toMatchObject({
    title: 'NixOS 26.05 (Yarara)',
    endOfLife: '2026-12-31',
  });
});
