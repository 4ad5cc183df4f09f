import { readFile } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { exportCatalog } from '../../../src/catalog/exchange/export-catalog.ts';
import {
  customCatalogFile,
  readForeignCatalog,
  saveCustomCatalog,
} from '../../../src/catalog/exchange/import-catalog.ts';
import { importEffect } from '../../../src/catalog/exchange/import-effect.ts';
import { mergeDocuments } from '../../../src/catalog/merge.ts';
import { catalogEntries, type Catalog, type CatalogImage } from '../../../src/catalog/model.ts';
import { parseCatalogDocument } from '../../../src/catalog/parse-document.ts';
import { CATALOG_SCHEMA_MINOR, type CatalogDocument } from '../../../src/catalog/schema.ts';
import { createContext, type Context } from '../../../src/engine/context.ts';
import type { FetchedDocument } from '../../../src/engine/fetch-document.ts';
import { never, temporaryFolder, writeFiles } from '../../engine/support.ts';
import { catalogOf, documentOf, image, KEY, merge, SHA_B, source, thrown } from '../support.ts';

const TODAY = '2026-02-03';
const VENDOR = documentOf({
  '2': {
    codename: 'Ox',
    lts: true,
    provenance: { '*': 'list' },
    mascot: 'Ox',
    images: [
      image({
        default: true,
        evidence: { level: 'signed', key: KEY, origin: 'list' },
        signature: { form: 'detached', url: 'https://vendor.example/one.sig', keys: [KEY] },
        'x-torrent': { infohash: 'x' },
      }),
      image({ variant: 'kde', arch: 'aarch64', checksums: { sha256: SHA_B, md5: 'c'.repeat(32) } }),
    ],
  },
  '1': [image({ size: undefined })],
});
const MINE = documentOf({ '2': [{ variant: 'kde', arch: 'aarch64', mirrors: ['https://near.example/k.iso'] }] });

const exported = (catalog: Catalog): CatalogDocument => exportCatalog(catalogEntries(catalog), TODAY, catalog.more);
const bare = ({ provenance: _, evidence: __, ...rest }: CatalogImage): object => rest;

describe('an exported catalog', () => {
  const merged: Catalog = { distributions: merge(['embedded', VENDOR], ['custom', MINE]).distributions, sources: [] };
  const document = parseCatalogDocument(JSON.parse(JSON.stringify(exported(merged))), 'exported');

  test('gives the same images to who imports it', () => {
    const again = mergeDocuments([{ source: source('again', 'custom'), document }]);
    expect(again).toMatchObject({ warnings: [], incomplete: [] });
    const images = catalogEntries({ distributions: again.distributions, sources: [] }).map((entry) => entry.image);
    expect(images.map(bare)).toEqual(catalogEntries(merged).map((entry) => bare(entry.image)));
    expect(again.distributions[0]?.releases[0]).toMatchObject({ codename: 'Ox', lts: true, mascot: 'Ox' });
  });

  test('has what a newer minor version lets documents say of themselves', () => {
    const newer = { ...documentOf({ '1': [image()] }), schema: { major: 1, minor: 9 }, licence: { name: 'CC0' } };
    const { distributions, more } = merge(['embedded', newer], ['custom', MINE]);
    const again = exported({ distributions, sources: [], more });
    expect(again).toMatchObject({ schema: { major: 1, minor: CATALOG_SCHEMA_MINOR }, licence: { name: 'CC0' } });
  });

  test('claims the evidence and names its origin, which only a layer that is believed makes count', () => {
    const level = (layer: 'embedded' | 'custom') =>
      mergeDocuments([{ source: source('again', layer), document }]).distributions[0]?.releases[0]?.images[0]?.evidence;
    expect(level('embedded')).toMatchObject({ level: 'signed', key: KEY, origin: { title: 'A list' } });
    expect(level('custom')).toEqual({ level: 'none' });
  });

  test('takes nothing from the evidence of those over whom it is laid', () => {
    const both = mergeDocuments([
      { source: source('vendor', 'embedded'), document: parseCatalogDocument(VENDOR, 'vendor') },
      { source: source('again', 'custom'), document },
    ]);
    expect(both.warnings).toEqual([]);
    expect(both.distributions[0]?.releases[0]?.images[0]?.evidence).toMatchObject({ level: 'signed', key: KEY });
  });

  test('says of each field where it is from', () => {
    const embedded = mergeDocuments([{ source: source('again', 'embedded'), document }]).distributions[0];
    const titles = (part: CatalogImage | undefined, field: string) => part?.provenance[field]?.origin?.title;
    const [desktop, kde] = embedded?.releases[0]?.images ?? [];
    expect(titles(desktop, 'file')).toBe('A list');
    expect(titles(kde, 'file')).toBe('A list');
    expect(titles(kde, 'mirrors')).toContain('custom');
    expect(titles(embedded?.releases[1]?.images[0], 'file')).toContain('embedded');
  });

  test('is the same when it is exported again', () => {
    const again = mergeDocuments([{ source: source('again', 'embedded'), document }]).distributions;
    const twice = exported({ distributions: again, sources: [] });
    expect(JSON.parse(JSON.stringify(twice.distributions))).toEqual(document.distributions);
  });

  test('can be a part, each image once', () => {
    const [first] = catalogEntries(merged);
    expect(exportCatalog([first!, first!], TODAY).distributions).toMatchObject([
      { id: 'distro', releases: [{ version: '2', images: [{ variant: 'desktop' }] }] },
    ]);
    expect(exportCatalog([], TODAY).distributions).toEqual([]);
  });
});

describe('importEffect', () => {
  const catalog = catalogOf(VENDOR);

  test.each([
    [
      { '2': [image()], '3': [image()] },
      { overrides: ['2/desktop/x86_64'], adds: ['3/desktop/x86_64'] },
    ],
    [{ '2': [{ variant: 'kde', arch: 'arm64', hide: true }] }, { hides: ['2/kde/aarch64'] }],
    [{ '2': { hide: true } }, { hides: ['2/desktop/x86_64', '2/kde/aarch64'] }],
    [{ '9': { hide: true } }, {}],
    [{ '3': [{ variant: 'desktop', arch: 'x86_64', kind: 'live' }] }, { incomplete: ['3/desktop/x86_64'] }],
    [
      { '2': [{ variant: 'kde', arch: 'aarch64', mirrors: ['https://a.example/k'] }] },
      { overrides: ['2/kde/aarch64'] },
    ],
  ])('of %j is %j', (releases, effect) => {
    const document = parseCatalogDocument(documentOf(releases), 'test');
    const ids = (list: readonly string[] = []): string[] => list.map((id) => `distro/${id}`);
    const { adds, overrides, hides, incomplete }: Partial<Record<string, string[]>> = effect;
    expect(importEffect(catalog, document)).toEqual({
      adds: ids(adds),
      overrides: ids(overrides),
      hides: ids(hides),
      incomplete: ids(incomplete),
    });
  });

  test('is all of a distribution that is hidden', () => {
    const document = parseCatalogDocument(
      { schema: { major: 1, minor: 1 }, distributions: [{ id: 'distro', hide: true }] },
      'test',
    );
    expect(importEffect(catalog, document).hides).toHaveLength(3);
  });
});

describe('reading a catalog of others', () => {
  const context = async (body?: string | Uint8Array): Promise<Context> =>
    createContext({
      env: { LOOPSTICK_HOME: await temporaryFolder() },
      now: () => new Date(`${TODAY}T00:00:00Z`),
      fetchDocument: async ({ url }): Promise<FetchedDocument> => ({
        body: Buffer.from(body ?? ''),
        url,
        secure: url.startsWith('https:'),
        retrievedAt: new Date(),
        confirmed: false,
      }),
    });
  const OLDER = JSON.stringify({
    version: '2.0',
    distributions: [
      { id: 'a', releases: [{ version: '1', iso_url: 'https://a.example/a.iso', sha256: SHA_B, mirrors: [] }, {}] },
    ],
  });

  test('takes a file, and names it after that', async () => {
    const file = `${await temporaryFolder()}/My images.v2.json`;
    await writeFiles('/', { [file]: JSON.stringify(VENDOR) });
    const read = await readForeignCatalog(await context(), file, never());
    expect(read).toMatchObject({ suggestedName: 'my-images-v2', problems: [], document: { distributions: [{}] } });
  });

  test('takes an address, and keeps what may be a key to itself', async () => {
    const read = await readForeignCatalog(await context(OLDER), 'https://a.example/list.json?token=secret', never());
    expect(read).toMatchObject({ suggestedName: 'list', secure: true });
    expect(read.problems).toEqual([expect.stringContaining('distributions[0].releases[1].')]);
    expect(read.document).toMatchObject({
      origins: { import: { location: 'https://a.example/list.json', retrieved: TODAY } },
    });
    expect(JSON.stringify(read.document)).not.toContain('secret');
  });

  test('tells what came without encryption', async () => {
    expect(await readForeignCatalog(await context(OLDER), 'http://a.example/', never())).toMatchObject({
      secure: false,
    });
  });

  test.each([
    ['CATALOG_MALFORMED', '{'],
    ['CATALOG_MALFORMED', '{ "distributions": [] }'],
    ['CATALOG_MALFORMED', '{ "version": "2.0", "distributions": [{ "id": "a", "releases": [{}] }] }'],
    ['CATALOG_SCHEMA_UNSUPPORTED', '{ "schema": { "major": 2, "minor": 0 } }'],
  ])('is %s for %s', async (code, body) => {
    await expect(readForeignCatalog(await context(body), 'https://a.example/', never())).rejects.toMatchObject({
      code,
    });
  });

  test('says that a file is not there', async () => {
    await expect(readForeignCatalog(await context(), '/nothing/is/here.json', never())).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      category: 'not-found',
    });
  });

  test('takes no address that is none', async () => {
    await expect(readForeignCatalog(await context(), 'https://', never())).rejects.toMatchObject({
      code: 'DOCUMENT_UNREACHABLE',
    });
  });

  test('is saved whole, in place of what was there', async () => {
    const own = await context();
    const document = parseCatalogDocument(VENDOR, 'test');
    await saveCustomCatalog(own, 'mine', parseCatalogDocument(MINE, 'test'));
    const file = await saveCustomCatalog(own, 'mine', document);
    expect(file).toBe(`${own.paths.config}/catalog.d/mine.json`);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(document)));
  });

  test.each(['', '..', '../up', 'A', 'a/b', '.hidden', 'a\u0000'])('has no file of the name %j', async (name) => {
    const own = await context();
    expect(thrown(() => customCatalogFile(own, name))).toMatchObject({ code: 'CATALOG_NAME_INVALID' });
  });
});
