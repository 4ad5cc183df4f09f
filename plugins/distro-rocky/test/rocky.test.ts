import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const ROCKY_8 = '7051C470A929F454CEBE37B715AF5DAC6D745A60';
const address = (major: string, part: string, arch = 'x86_64'): string =>
  `https://download.rockylinux.org/pub/rocky/${major}/${part}/${arch}/CHECKSUM`;
const file = (name: string): Uint8Array => vendorFile(`rocky/${name}.checksum`);

// Genuine lists; where 9.7 has its live images, the server once said something else with status 200.
const UNSIGNED: VendorSite = {
  [address('10', 'isos')]: file('10.1-x86_64.ISO'),
  [address('10', 'live')]: file('10.1-x86_64-live.ISO'),
  [address('9', 'isos')]: file('9.7-x86_64.ISO'),
  [address('9', 'live')]: file('9.7-x86_64-live.ISO'),
};
const EIGHT = new TextDecoder().decode(file('8.10-x86_64.ISO'));

describe('the lists of Rocky Linux', () => {
  test('give the images of 10 and 9 that have a version in their name, without signature', async () => {
    const { images, document, warnings } = await readUpstreamOf(PLUGIN, UNSIGNED);
    expect([...images.keys()]).toEqual([
      'rocky/10.1/boot/x86_64',
      'rocky/10.1/dvd/x86_64',
      'rocky/10.1/minimal/x86_64',
      'rocky/10.1/live-kde/x86_64',
      'rocky/10.1/live-workstation-lite/x86_64',
      'rocky/10.1/live-workstation/x86_64',
      'rocky/9.7/boot/x86_64',
      'rocky/9.7/dvd/x86_64',
      'rocky/9.7/minimal/x86_64',
    ]);
    expect(images.get('rocky/10.1/minimal/x86_64')).toMatchObject({
      file: 'Rocky-10.1-x86_64-minimal.iso',
      size: 1528954880,
      kind: 'installer',
      default: true,
      checksums: { sha256: '5aafc2c86e606428cd7c5802b0d28c220f34c181a57eefff2cc6f65214714499' },
      evidence: { level: 'tls' },
      mirrors: [
        'https://download.rockylinux.org/pub/rocky/10.1/isos/x86_64/Rocky-10.1-x86_64-minimal.iso',
        'https://dl.rockylinux.org/vault/rocky/10.1/isos/x86_64/Rocky-10.1-x86_64-minimal.iso',
      ],
    });
    expect(images.get('rocky/10.1/live-kde/x86_64')).toMatchObject({
      file: 'Rocky-10.1-KDE-x86_64-20251116.0.iso',
      kind: 'live',
    });
    expect(document?.distributions[0]?.releases[0]).toMatchObject({
      title: 'Rocky Linux 10.1',
      endOfLife: '2035-05-31',
    });
    expect(warnings).toEqual(['DISTRIBUTION_LIST_LOST']);
  });

  // The list is genuine; Rocky's own signature of it is not at hand, so a throw-away key signs it.
  test('of 8 count when they are signed by its key', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const list = address('8', 'isos');
    const read = async (signature: string) => (await readUpstreamOf(plugin.folder, sums(list, signature))).images;
    const images = await read(await plugin.detached(ROCKY_8, EIGHT));
    expect(images.get('rocky/8.10/dvd/x86_64')).toMatchObject({
      file: 'Rocky-8.10-x86_64-dvd1.iso',
      size: 14213840896,
      evidence: { level: 'signed' },
    });
    expect((await read(await plugin.detached('OF A STRANGER', EIGHT))).size).toBe(0);
    expect((await read('')).size).toBe(0);
  });

  test('of 9 cannot be what the key of 8 signed', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const nine = new TextDecoder().decode(file('9.7-x86_64.ISO'));
    const site = sums(address('8', 'isos'), await plugin.detached(ROCKY_8, nine), nine);
    const { images, warnings } = await readUpstreamOf(plugin.folder, site);
    expect(images.size).toBe(0);
    expect(warnings).toContain('DISTRIBUTION_WRONG_KEY');
  });
});

function sums(list: string, signature: string, text: string = EIGHT): VendorSite {
  return { [list]: text, [`${list}.asc`]: signature };
}
