/** A sync as users have it: plugins' documents, got, its cache, signatures, the store, and the catalog made of it. */
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  catalogEntries,
  createContext,
  createEngine,
  loadCatalog,
  parseSettings,
  syncCatalog,
  type CatalogImage,
  type SourceSync,
} from '@loopstick/core';
import { createDocumentFetcher, originRewrite } from '@loopstick/registry';

import { createScene, type Scene } from '../harness/scene.ts';
import { vendorFile, type VendorSite } from '../upstream/index.ts';
import { FEDORA, FEDORA_LIST, UBUNTU, XENIAL_LIST } from './sites.ts';
import { serveVendors, type VendorServer } from './vendor-server.ts';

const PLUGINS = ['distro-ubuntu', 'distro-fedora'].map((name) =>
  fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url)),
);

let scene: Scene;
let vendors: VendorServer | undefined;
beforeEach(async () => {
  scene = await createScene();
});
afterEach(async () => {
  await vendors?.close();
  await scene.remove();
});

/** From now on the vendors have this. */
async function serve(site: VendorSite): Promise<VendorServer> {
  await vendors?.close();
  return (vendors = await serveVendors(site));
}

/** One run of the program. */
async function sync({ origins }: VendorServer): Promise<{
  readonly sources: readonly SourceSync[];
  readonly images: readonly CatalogImage[];
}> {
  const settings = parseSettings({ catalog: { origins } }, 'settings');
  const world = createContext({ env: { LOOPSTICK_HOME: scene.home }, now: () => new Date('2026-11-01T00:00:00Z') });
  const rewrite = originRewrite(settings.catalog.origins);
  const fetchDocument = createDocumentFetcher({ ...world, cacheDirectory: `${world.paths.cache}/http`, rewrite });
  const engine = await createEngine({ context: { ...world, fetchDocument }, settings, plugins: PLUGINS });
  const { signal } = new AbortController();
  const { sources } = await syncCatalog(engine, { signal });
  const images = catalogEntries(await loadCatalog(engine, { signal })).map(({ image }) => image);
  return { sources, images: images.filter(({ provenance }) => provenance['file']?.layer === 'upstream') };
}

/** What a signed list says: file → checksum, read without the code that is tested. */
function listed(file: string, line: RegExp): Map<string, string> {
  const text = Buffer.from(vendorFile(file)).toString();
  return new Map([...text.matchAll(line)].map(({ groups = {} }) => [groups['file'] ?? '', groups['sum'] ?? '']));
}

const UBUNTU_SUMS = listed('ubuntu/releases-16.04.7/SHA256SUMS', /^(?<sum>[0-9a-f]{64}) \*(?<file>.+)$/gm);
const FEDORA_SUMS = listed(`fedora/${FEDORA_LIST}`, /^SHA256 \((?<file>.+)\) = (?<sum>[0-9a-f]{64})$/gm);

describe('a sync of Ubuntu and Fedora, of their genuine files', () => {
  it('brings signed images with the checksums of the signed lists, and their sizes', async () => {
    const { sources, images } = await sync(await serve({ ...UBUNTU, ...FEDORA }));
    expect(sources.map(({ source, state }) => [source, state])).toEqual([
      ['upstream:distro-ubuntu', 'updated'],
      ['upstream:distro-fedora', 'updated'],
    ]);
    const sums = new Map([...UBUNTU_SUMS, ...FEDORA_SUMS]);
    expect(images.length).toBeGreaterThanOrEqual(3);
    for (const { file, checksums, evidence } of images) {
      expect(evidence.level, file).toBe('signed');
      expect(checksums.sha256, file).toBe(sums.get(file));
    }
    const sizes = Object.fromEntries(images.map(({ file, size }) => [file, size]));
    expect(sizes).toMatchObject({
      'ubuntu-16.04.7-desktop-amd64.iso': 1697906688,
      'Fedora-Workstation-Live-x86_64-37-1.7.iso': 2037372928,
    });
  });

  it('costs one conditional request a source when nothing has changed', async () => {
    const server = await serve({ ...UBUNTU, ...FEDORA });
    await sync(server);
    const before = server.log.length;
    const { sources, images } = await sync(server);
    expect(sources.map(({ state }) => state)).toEqual(['unchanged', 'unchanged']);
    expect(server.log.slice(before).map(({ status }) => status)).toEqual([304, 304]);
    expect(images.length).toBeGreaterThanOrEqual(3);
  });

  it('keeps the last good copy when a list is forged, or shown with the signature of another', async () => {
    const before = await sync(await serve({ ...UBUNTU, ...FEDORA }));
    const forged = Buffer.from(vendorFile('ubuntu/releases-16.04.7/SHA256SUMS'))
      .toString()
      .replaceAll('8ba7e', '8ba7f');
    const changed = Object.fromEntries(
      Object.entries(UBUNTU).map(([url, body]) => [
        url,
        url.endsWith('.json') ? `${Buffer.from(body).toString()}\n` : body,
      ]),
    );
    const { sources, images } = await sync(await serve({ ...changed, ...FEDORA, [XENIAL_LIST]: forged }));
    expect(sources.map(({ state }) => state)).toEqual(['failed', 'unchanged']);
    expect(sources[0]?.error).toBeDefined();
    expect(images.map(({ id }) => id)).toEqual(before.images.map(({ id }) => id));
  });
});
