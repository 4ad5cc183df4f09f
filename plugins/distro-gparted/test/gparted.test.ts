import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const KEY = 'EB1DD5BF6F88820BBCF5356C8E94C9CD163E3FB0';
const ADDRESS = 'https://gparted.org/gparted-live/stable/CHECKSUMS.TXT';
// The list is genuine; its signature is not at hand, so a throw-away key signs it.
const LIST = new TextDecoder().decode(vendorFile('gparted/CHECKSUMS.TXT'));

describe('the list of GParted', () => {
  test('gives the images of each machine, by their SHA-256 among all the checksums', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const { images, document } = await readUpstreamOf(plugin.folder, {
      [ADDRESS]: LIST,
      [`${ADDRESS}.gpg`]: await plugin.detached(KEY, LIST),
    });
    expect([...images.keys()]).toEqual(['gparted/1.6.0-10/live/x86_64', 'gparted/1.6.0-10/live/i686']);
    expect(images.get('gparted/1.6.0-10/live/x86_64')).toMatchObject({
      file: 'gparted-live-1.6.0-10-amd64.iso',
      kind: 'tool',
      checksums: { sha256: 'f2cb819cffa1b7d0f72852785566aee3d76146950a5c70b78a34b45e29e66be9' },
      evidence: { level: 'signed' },
      mirrors: [
        'https://downloads.sourceforge.net/project/gparted/gparted-live-stable/1.6.0-10/gparted-live-1.6.0-10-amd64.iso',
        'https://free.nchc.org.tw/gparted-live/stable/gparted-live-1.6.0-10-amd64.iso',
      ],
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({ title: 'GParted Live 1.6.0-10' });
  });

  test('counts for nothing without the signature of its key', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    for (const signature of ['', await plugin.detached('OF A STRANGER', LIST)]) {
      const { error } = await readUpstreamOf(plugin.folder, { [ADDRESS]: LIST, [`${ADDRESS}.gpg`]: signature });
      expect(error).toBe('DISTRIBUTION_EMPTY');
    }
  });
});
