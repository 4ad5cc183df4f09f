import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parseChecksumList, type CatalogDocument } from '@loopstick/core';
import { describe, expect, onTestFinished, test } from 'vitest';

import { readUpstreamOf, signedPlugin, vendorFile, type VendorSite } from '../../../test/src/upstream/index.ts';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const VENDOR = fileURLToPath(new URL('../../../test/src/upstream/fixtures/fedora/', import.meta.url));
const FEDORA_37 = 'ACB5EE4E831C74BB7C168D27F55AD3FB5323552A';
const RELEASES = 'https://fedoraproject.org/releases.json';

interface DistributionKeys {
  readonly keys: readonly { readonly fingerprint: string; readonly releases: readonly string[] }[];
}

const lists = readdirSync(VENDOR).filter((name) => name.endsWith('-CHECKSUM'));

/** Where Fedora has a list. */
function addressOf(name: string): string {
  const [, edition = '', release = '', arch = ''] = /^Fedora-(\w+)-(\w+)-[\d.]+-(\w+)-CHECKSUM$/.exec(name) ?? [];
  const branch = release.endsWith('_Beta') ? `test/${release}` : release;
  const tree = edition === 'Labs' ? 'alt' : 'fedora/linux';
  return `https://dl.fedoraproject.org/pub/${tree}/releases/${branch}/${edition}/${arch}/iso/${name}`;
}

/** Fedora's servers, as they were in April 2023, as far as these files tell. */
const site: VendorSite = Object.fromEntries([
  [RELEASES, vendorFile('fedora/releases.json')],
  ...lists.map((name) => [addressOf(name), vendorFile(`fedora/${name}`)] as const),
]);

describe('the lists of Fedora', () => {
  test('give signed images, with the checksums and sizes of the signed lists', async () => {
    const { images, error } = await readUpstreamOf(PLUGIN, site);
    expect(error).toBeUndefined();
    const files = new Map([...images.values()].map((image) => [image.file, image]));
    let compared = 0;
    for (const name of lists) {
      const { files: signed, sizes } = parseChecksumList(readFileSync(`${VENDOR}${name}`, 'utf8'), name);
      for (const [file, { sha256 }] of signed) {
        const image = files.get(file);
        if (image === undefined) continue;
        expect(image).toMatchObject({ size: sizes.get(file), checksums: { sha256 }, evidence: { level: 'signed' } });
        compared++;
      }
    }
    expect(compared).toBe(images.size);
    expect(images.size).toBeGreaterThan(40);
  });

  test('name variants, kinds and mirrors as the embedded catalog does', async () => {
    const { images } = await readUpstreamOf(PLUGIN, site, new Date('2023-04-20T00:00:00Z'));
    expect(images.get('fedora/37/workstation/x86_64')).toMatchObject({
      kind: 'live',
      default: true,
      size: 2037372928,
      evidence: { key: FEDORA_37 },
      mirrors: [
        expect.stringMatching('^https://download.fedoraproject.org/pub/fedora/linux/releases/37/Workstation/'),
        expect.stringMatching('^https://dl.fedoraproject.org/pub/fedora/linux/releases/37/Workstation/'),
        expect.stringMatching('^https://archives.fedoraproject.org/pub/archive/fedora/linux/releases/37/Workstation/'),
      ],
    });
    expect(images.get('fedora/37/server-netinst/aarch64')).toMatchObject({ kind: 'installer' });
    expect(images.get('fedora/37/silverblue/x86_64')).toMatchObject({ kind: 'installer' });
    expect(images.get('fedora/37/design-suite/x86_64')?.mirrors?.[0]).toMatch('/pub/alt/releases/37/Labs/');
    expect(images.get('fedora/38-beta/kde/x86_64')).toMatchObject({ kind: 'live' });
  });

  test('give nothing of a list that was altered, or that the key of another release signed', async () => {
    const name = 'Fedora-Workstation-37-1.7-x86_64-CHECKSUM';
    const altered = readFileSync(`${VENDOR}${name}`, 'utf8').replace('2037372928', '2037372929');
    const other = vendorFile('fedora/Fedora-Workstation-38_Beta-1.3-x86_64-CHECKSUM');
    for (const content of [altered, other]) {
      const { images, warnings } = await readUpstreamOf(PLUGIN, { ...site, [addressOf(name)]: content });
      expect(images.has('fedora/37/workstation/x86_64')).toBe(false);
      expect(images.has('fedora/37/kde/x86_64')).toBe(true);
      expect(warnings).toContain('DISTRIBUTION_LIST_LOST');
    }
  });

  test('call an image by its signed name, whatever the list without a signature calls it', async () => {
    const rows = JSON.parse(readFileSync(`${VENDOR}releases.json`, 'utf8')) as { subvariant: string }[];
    const swapped = rows.map((row) => ({ ...row, subvariant: row.subvariant === 'KDE' ? 'Xfce' : 'KDE' }));
    const honest = (await readUpstreamOf(PLUGIN, site)).images;
    const { images } = await readUpstreamOf(PLUGIN, { ...site, [RELEASES]: JSON.stringify(swapped) });
    const files = (of: typeof images): string[] => [...of].map(([id, { file }]) => `${id} ${file ?? ''}`).sort();
    expect(files(images)).toEqual(files(honest));
  });

  // The lists are made up of the embedded catalog, whose variants come from elsewhere, and signed by throw-away keys.
  test('give the variants of the embedded catalog, which people know', async () => {
    const plugin = await signedPlugin(PLUGIN);
    onTestFinished(plugin.remove);
    const embedded = JSON.parse(readFileSync(`${PLUGIN}catalog.json`, 'utf8')) as CatalogDocument;
    const known = new Map<string, string>();
    const rows: object[] = [];
    const texts = new Map<string, { version: string; text: string }>();
    for (const { version, images } of embedded.distributions[0]?.releases ?? []) {
      for (const { variant, arch, file = '', checksums, mirrors = [] } of images) {
        const link = mirrors.find((url) => url.startsWith('https://download.fedoraproject.org/'));
        const compose = /-(\d+-[\d.]+\d)[.-]/.exec(file.replace(`-${arch}`, ''))?.[1];
        if (link === undefined || compose === undefined || !/linux\/releases|alt\/releases/.test(link)) continue;
        const edition = link.split('/').at(-4) ?? '';
        rows.push({ link, variant: edition, arch, sha256: checksums?.sha256 });
        const list = new URL(`Fedora-${edition}-${compose}-${arch}-CHECKSUM`, link.replace('download', 'dl')).href;
        const { text = '' } = texts.get(list) ?? {};
        texts.set(list, { version, text: `${text}SHA256 (${file}) = ${checksums?.sha256 ?? ''}\n` });
        known.set(`fedora/${version}/${variant}/${arch}`, file);
      }
    }
    const made: Record<string, string> = { [RELEASES]: JSON.stringify(rows) };
    const { keys } = JSON.parse(readFileSync(`${PLUGIN}distribution.json`, 'utf8')) as DistributionKeys;
    for (const [list, { version, text }] of texts) {
      const key = keys.find(({ releases }) => releases.includes(version))?.fingerprint ?? '';
      made[list] = await plugin.clear(key, text);
    }
    const { images } = await readUpstreamOf(plugin.folder, made);
    expect(new Map([...images].map(([id, { file }]) => [id, file]))).toEqual(known);
    expect([...known.keys()]).toEqual(expect.arrayContaining(['fedora/42/kde/x86_64', 'fedora/42/mate/x86_64']));
  });

  test('asks for each document once', async () => {
    const { asked } = await readUpstreamOf(PLUGIN, site);
    expect(asked.filter((url) => url === RELEASES)).toHaveLength(1);
  });
});
