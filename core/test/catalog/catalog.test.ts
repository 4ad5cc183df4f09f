import { describe, expect, test } from 'vitest';

import { catalogFileSource } from '../../src/catalog/file-source.ts';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { catalogEntries } from '../../src/catalog/model.ts';
import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { manifestText, never, temporaryFolder, writeFiles } from '../engine/support.ts';
import { documentOf, image, load, SHA_B, source } from './support.ts';

const GOOD = documentOf({ '1': [image()] });

/** An engine with bundled data plugins: id → text of its catalog. */
async function engineWith(catalogs: Readonly<Record<string, string>>): Promise<{ engine: Engine; folder: string }> {
  const folder = await temporaryFolder();
  for (const [id, text] of Object.entries(catalogs)) {
    const block = { kinds: ['distro@1'], entry: undefined, contributes: { catalog: './catalog.json' } };
    await writeFiles(folder, { [`${id}/package.json`]: manifestText(id, block), [`${id}/catalog.json`]: text });
  }
  const engine = await createEngine({
    plugins: Object.keys(catalogs).map((id) => `${folder}/${id}`),
    settings: parseSettings({}, 'none'),
    context: { env: { LOOPSTICK_HOME: `${folder}/home` } },
  });
  return { engine, folder };
}

function warningsOf(engine: Engine): LoopstickError[] {
  const warnings: LoopstickError[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  return warnings;
}

describe('loadCatalog', () => {
  test('merges by layer and then by name, in whatever order the sources answer', async () => {
    const named = (name: string): object => documentOf({ '1': { codename: name } });
    const outcomes = [
      { source: source('c', 'custom'), document: named('c') },
      { source: source('b', 'embedded'), document: named('b') },
      { source: source('a', 'embedded'), document: named('a') },
      { source: source('r', 'registry'), document: named('r') },
    ];
    for (const order of [outcomes, outcomes.toReversed()]) {
      const { catalog } = await load(...order);
      expect(catalog.sources.map(({ name }) => name)).toEqual(['a', 'b', 'r', 'c']);
      expect(catalog.distributions[0]?.releases[0]?.codename).toBe('c');
    }
  });

  test('loses only what a failing source would have said', async () => {
    const { catalog, warnings } = await load(
      { source: source('broken', 'registry'), error: new Error('no') },
      { source: source('wrong', 'upstream'), document: { schema: { major: 1, minor: 0 }, distributions: 7 } },
      { source: source('newer', 'registry'), document: { schema: { major: 2, minor: 0 } } },
      { source: source('good', 'embedded'), document: GOOD },
    );
    expect(catalogEntries(catalog).map((entry) => entry.image.id)).toEqual(['distro/1/desktop/x86_64']);
    expect(warnings.map(({ code }) => code)).toEqual(Array(3).fill('CATALOG_SOURCE_FAILED'));
    expect(warnings.map(({ cause }) => (cause as LoopstickError).code)).toEqual(
      expect.arrayContaining(['CATALOG_MALFORMED', 'CATALOG_SCHEMA_UNSUPPORTED']),
    );
    expect(catalog.sources.map(({ name, error }) => [name, error?.code])).toEqual([
      ['good', undefined],
      ['wrong', 'CATALOG_SOURCE_FAILED'],
      ['broken', 'CATALOG_SOURCE_FAILED'],
      ['newer', 'CATALOG_SOURCE_FAILED'],
    ]);
  });

  test('warns of weaker evidence and of incomplete images', async () => {
    const incomplete = documentOf({
      '1': [image({ checksums: { sha256: SHA_B } }), { variant: 'kde', arch: 'x86_64' }],
    });
    const { warnings } = await load(
      { source: source('low', 'embedded'), document: GOOD },
      { source: source('high', 'custom'), document: incomplete },
    );
    expect(warnings.map(({ code }) => code).sort()).toEqual(['CATALOG_EVIDENCE_WEAKENED', 'CATALOG_IMAGE_INCOMPLETE']);
  });

  test('warns of a plugin that replaces what another vouches for, and of none that replaces its own word', async () => {
    const other = documentOf({ '1': [image({ checksums: { sha256: SHA_B } })] });
    const own = await load(
      { source: source('low', 'embedded'), document: GOOD },
      { source: source('newer', 'upstream'), document: other },
    );
    expect(own.warnings).toEqual([]);
    const { engine } = await engineWith({ good: JSON.stringify(GOOD), stranger: JSON.stringify(other) });
    const warnings = warningsOf(engine);
    await loadCatalog(engine, { signal: never() });
    expect(warnings.map(({ code }) => code)).toEqual(['CATALOG_CHECKSUM_DISPUTED']);
  });

  test('reads the catalogs of plugins, with the plugin’s name on what fails', async () => {
    const { engine } = await engineWith({ good: JSON.stringify(GOOD), bad: '{ "schema"' });
    const warnings = warningsOf(engine);
    const catalog = await loadCatalog(engine, { signal: never() });
    expect(catalogEntries(catalog)).toHaveLength(1);
    expect(warnings).toMatchObject([{ code: 'CATALOG_SOURCE_FAILED', pluginId: 'bad' }]);
    expect(engine.unfinishedCalls).toEqual([]);
  });

  test('lays a file over them, without evidence', async () => {
    const { engine, folder } = await engineWith({ good: JSON.stringify(GOOD) });
    const file = `${folder}/mine.json`;
    await writeFiles(folder, {
      'mine.json': JSON.stringify(documentOf({ '1': [image({ file: 'mine.iso', checksums: { sha256: SHA_B } })] })),
    });
    const warnings = warningsOf(engine);
    engine.own.catalogSource(catalogFileSource(file));
    const [entry] = catalogEntries(await loadCatalog(engine, { signal: never() }));
    expect(entry?.image).toMatchObject({ file: 'mine.iso', evidence: { level: 'none' } });
    expect(entry?.image.provenance['file']).toMatchObject({ source: `file:${file}`, layer: 'custom' });
    expect(warnings.map(({ code }) => code)).toEqual(['CATALOG_EVIDENCE_WEAKENED']);
  });

  test.each([
    ['CATALOG_MALFORMED', '{'],
    ['CATALOG_MALFORMED', '{ "schema": { "major": 1, "minor": 0 }, "distributions": [{ "id": "A" }] }'],
    ['CATALOG_SCHEMA_UNSUPPORTED', '{ "schema": { "major": 2, "minor": 0 } }'],
    ['CATALOG_IMAGE_INCOMPLETE', JSON.stringify(documentOf({ '1': [image({ mirrors: undefined, variant: 'kde' })] }))],
    ['CATALOG_FILE_UNREADABLE', undefined],
  ])('fails with %s when the user’s own file does', async (code, text) => {
    const { engine, folder } = await engineWith({ good: JSON.stringify(GOOD) });
    if (text !== undefined) await writeFiles(folder, { 'mine.json': text });
    engine.own.catalogSource(catalogFileSource(`${folder}/mine.json`));
    await expect(loadCatalog(engine, { signal: never() })).rejects.toMatchObject({ code });
  });

  test('stops when it is told to', async () => {
    const { engine } = await engineWith({ good: JSON.stringify(GOOD) });
    const reason = new Error('enough');
    await expect(loadCatalog(engine, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
