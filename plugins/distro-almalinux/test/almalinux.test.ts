import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const ALMA_10 = 'EE6DB7B98F5BF5EDD9DA0DE5DEE5C11CC2A1E572';
const ALMA_9 = 'BF18AC2876178908D6E71267D36CB86CB86B3716';
const TREE = 'https://repo.almalinux.org/almalinux';

// Made up in the form that AlmaLinux's installation guide shows: BSD lines, signed in clear.
const sum = (name: string, digit: string): string => `SHA256 (${name}) = ${digit.repeat(64)}`;
const ISOS = [
  '# AlmaLinux-10.1-x86_64-boot.iso: 1100000000 bytes',
  sum('AlmaLinux-10.1-x86_64-boot.iso', 'a'),
  '# AlmaLinux-10.1-x86_64-dvd.iso: 9100000000 bytes',
  sum('AlmaLinux-10.1-x86_64-dvd.iso', 'b'),
  sum('AlmaLinux-10.1-x86_64-minimal.iso', 'c'),
  sum('AlmaLinux-10-latest-x86_64-boot.iso', 'a'),
].join('\n');
const LIVE = [
  sum('AlmaLinux-10.1-x86_64-Live-GNOME.iso', 'd'),
  sum('AlmaLinux-10.1-x86_64-Live-GNOME-Mini.iso', 'e'),
].join('\n');

describe('the lists of AlmaLinux', () => {
  test('give signed images of what has a version in its name', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const { images, document } = await readUpstreamOf(plugin.folder, {
      [`${TREE}/10/isos/x86_64/CHECKSUM`]: await plugin.clear(ALMA_10, ISOS),
      [`${TREE}/10/live/x86_64/CHECKSUM`]: await plugin.clear(ALMA_10, LIVE),
    });
    expect([...images.keys()]).toEqual([
      'almalinux/10.1/boot/x86_64',
      'almalinux/10.1/dvd/x86_64',
      'almalinux/10.1/minimal/x86_64',
      'almalinux/10.1/live-gnome/x86_64',
      'almalinux/10.1/live-gnome-mini/x86_64',
    ]);
    expect(images.get('almalinux/10.1/dvd/x86_64')).toMatchObject({
      size: 9100000000,
      kind: 'installer',
      evidence: { level: 'signed' },
      mirrors: [
        `${TREE}/10.1/isos/x86_64/AlmaLinux-10.1-x86_64-dvd.iso`,
        'https://repo.almalinux.org/vault/10.1/isos/x86_64/AlmaLinux-10.1-x86_64-dvd.iso',
      ],
    });
    expect(images.get('almalinux/10.1/live-gnome/x86_64')).toMatchObject({ kind: 'live' });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({ endOfLife: '2035-05-31' });
  });

  test.each([
    ['of another release', ALMA_9],
    ['of a stranger', 'NOBODY'],
  ])('count for nothing when signed by the key %s', async (_, key) => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const { images } = await readUpstreamOf(plugin.folder, {
      [`${TREE}/10/isos/x86_64/CHECKSUM`]: await plugin.clear(key, ISOS),
    });
    expect(images.size).toBe(0);
  });
});
