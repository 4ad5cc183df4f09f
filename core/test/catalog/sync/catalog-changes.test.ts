import { describe, expect, test } from 'vitest';

import { catalogChanges } from '../../../src/catalog/sync/catalog-changes.ts';
import { compareDocuments, countChanges } from '../../../src/catalog/sync/compare.ts';
import { sourceStates } from '../../../src/catalog/sync/source-states.ts';
import { parseCatalogDocument } from '../../../src/catalog/parse-document.ts';
import type { CatalogDocument } from '../../../src/catalog/schema.ts';
import { never } from '../../engine/support.ts';
import { documentOf, image, SHA_B } from '../support.ts';
import { HOUR, imagesJson, listed, world } from './support.ts';

const parsed = (json: object): CatalogDocument => parseCatalogDocument(json, 'test');

describe('two documents of one source', () => {
  test('differ by the images that came, went and say something else', () => {
    const before = parsed(documentOf({ '1': [image(), image({ variant: 'gone' })] }));
    const after = parsed(documentOf({ '1': [image({ checksums: { sha256: SHA_B } })], '2': [image()] }));
    const changes = compareDocuments(before, after);
    expect(changes).toMatchObject([
      {
        image: 'distro/1/desktop/x86_64',
        change: 'changed',
        fields: [{ field: 'checksums', after: { sha256: SHA_B } }],
      },
      { image: 'distro/2/desktop/x86_64', change: 'added' },
      { image: 'distro/1/gone/x86_64', change: 'removed' },
    ]);
    expect(countChanges(changes)).toEqual({ added: 1, removed: 1, changed: 1 });
  });

  test('do not differ by the day on which they were read', () => {
    const on = (retrieved: string): CatalogDocument =>
      parsed({
        ...documentOf({ '1': [image({ provenance: { '*': 'list' } })] }),
        origins: { list: { title: 'A list', location: 'https://example.org/list', retrieved } },
      });
    expect(compareDocuments(on('2026-01-01'), on('2026-01-02'))).toEqual([]);
  });

  test('differ by what is said of a release', () => {
    const before = parsed(documentOf({ '1': { endOfLife: '2026-01-01' } }));
    const after = parsed(documentOf({ '1': { endOfLife: '2027-01-01' } }));
    expect(compareDocuments(before, after)).toMatchObject([
      { change: 'changed', fields: [{ field: 'endOfLife', before: '2026-01-01', after: '2027-01-01' }] },
    ]);
  });
});

describe('what is known of the sources', () => {
  const url = 'https://a.example/list.json';

  test('is their last change, however often nothing was new since', async () => {
    const { engine, sync, web, add, later } = await world();
    add(listed('upstream:a', url));
    const last = async (): Promise<unknown> => (await catalogChanges(engine, { signal: never() }))[0];
    expect(await last()).toMatchObject({ first: true, images: 0 });
    web.set(url, imagesJson(3));
    await sync();
    expect(await last()).toMatchObject({ first: true, images: 3, changes: [] });
    later(HOUR);
    web.set(url, imagesJson(4));
    await sync();
    const at = engine.context.now().toISOString();
    const added = { first: false, at, images: 4, changes: [{ image: 'distro/1/v3/x86_64', change: 'added' }] };
    expect(await last()).toMatchObject(added);
    later(HOUR);
    // Nothing new in another form, and then nothing new at all.
    web.set(url, `${imagesJson(4)}\n`);
    await sync();
    await sync();
    expect(await last()).toMatchObject(added);
  });

  test('is their age, and what went wrong', async () => {
    const { engine, sync, web, add } = await world();
    add(listed('upstream:a', url));
    add({ name: 'embedded:b', layer: 'embedded', read: async () => Promise.resolve({}) });
    web.set(url, imagesJson(1));
    await sync();
    web.delete(url);
    await sync();
    expect(await sourceStates(engine, never())).toMatchObject([
      { source: 'embedded:b', layer: 'embedded', plugin: 'loopstick' },
      { source: 'upstream:a', images: 1, failures: 1, error: { code: 'DOCUMENT_HTTP_STATUS' } },
    ]);
  });
});
