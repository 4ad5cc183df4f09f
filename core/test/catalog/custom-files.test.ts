import { execFileSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { loadCatalog } from '../../src/catalog/catalog.ts';
import { catalogFileSource } from '../../src/catalog/file-source.ts';
import { catalogEntries, type Catalog } from '../../src/catalog/model.ts';
import { createEngine } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { never, temporaryFolder, writeFiles } from '../engine/support.ts';
import { documentOf, image, source } from './support.ts';

const named = (codename: string): string => JSON.stringify(documentOf({ '1': { codename } }));

/** The catalog with these files in the user's folder of settings. */
async function loadWith(
  files: Readonly<Record<string, string>>,
  named?: string,
): Promise<{ catalog: Catalog; warnings: LoopstickError[]; config: string }> {
  const home = await temporaryFolder();
  const config = `${home}/config`;
  await writeFiles(config, files);
  const engine = await createEngine({
    settings: parseSettings({}, 'test'),
    context: { env: { LOOPSTICK_HOME: home } },
  });
  const vendor = documentOf({ '1': [image()], '2': [image()] });
  engine.own.catalogSource({ ...source('vendor', 'embedded'), read: async () => vendor });
  if (named !== undefined) engine.own.catalogSource(catalogFileSource(`${config}/${named}`));
  const warnings: LoopstickError[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  return { catalog: await loadCatalog(engine, { signal: never() }), warnings, config };
}

describe('the user’s own catalogs', () => {
  test.each([
    [{}, undefined],
    [{ 'catalog.json': named('own') }, 'own'],
    [{ 'catalog.d/a.json': named('a') }, 'a'],
    [{ 'catalog.d/a.json': named('a'), 'catalog.d/b.json': named('b') }, 'b'],
    [{ 'catalog.json': named('own'), 'catalog.d/a.json': named('a') }, 'own'],
    [{ 'catalog.d/.hidden.json': '{', 'catalog.d/notes.txt': '{', 'catalog.d/a.json~': '{' }, undefined],
  ])('are there by themselves: %j', async (files, codename) => {
    const { catalog, warnings } = await loadWith(files);
    expect(catalog.distributions[0]?.releases.find(({ version }) => version === '1')?.codename).toBe(codename);
    expect(warnings).toEqual([]);
  });

  test('are below the one that is named for the run', async () => {
    const { catalog } = await loadWith(
      { 'catalog.json': named('own'), 'another/a.json': named('run') },
      'another/a.json',
    );
    expect(catalog.distributions[0]?.releases.at(-1)?.codename).toBe('run');
  });

  test('hide what the user does not want', async () => {
    const hiding = JSON.stringify(documentOf({ '1': { hide: true, images: [] } }));
    const { catalog } = await loadWith({ 'catalog.json': hiding });
    expect(catalogEntries(catalog).map(({ release }) => release.version)).toEqual(['2']);
  });

  test('cost only themselves when they are broken, and say where', async () => {
    const { catalog, warnings, config } = await loadWith({
      'catalog.json': named('own'),
      'catalog.d/broken.json': '{\n  "schema": [\n}',
      'catalog.d/wrong.json': JSON.stringify(documentOf({ '1': [image({ size: -1 })] })),
      'catalog.d/newer.json': '{ "schema": { "major": 2, "minor": 0 } }',
    });
    expect(catalog.distributions[0]?.releases.at(-1)?.codename).toBe('own');
    expect(warnings.map(({ code }) => code)).toEqual(Array(3).fill('CATALOG_CUSTOM_FILE_LEFT_OUT'));
    const texts = warnings.map(({ message }) => message);
    expect(texts[0]).toContain(`${config}/catalog.d/broken.json`);
    expect(texts[0]).toContain('line 3');
    expect(texts.join()).toContain('distributions[0].releases[0].images[0].size');
    expect(warnings.map(({ cause }) => (cause as LoopstickError).code).sort()).toEqual([
      'CATALOG_MALFORMED',
      'CATALOG_MALFORMED',
      'CATALOG_SCHEMA_UNSUPPORTED',
    ]);
    expect(catalog.sources.filter(({ error }) => error !== undefined)).toHaveLength(3);
  });

  test('are files: a pipe is not waited for, and a link that leads nowhere is told', async () => {
    const home = await temporaryFolder();
    await writeFiles(`${home}/config`, { 'catalog.d/a.json': named('a') });
    execFileSync('mkfifo', [`${home}/config/catalog.d/b.json`]);
    await symlink('nowhere', `${home}/config/catalog.d/c.json`);
    const engine = await createEngine({
      settings: parseSettings({}, 'test'),
      context: { env: { LOOPSTICK_HOME: home } },
    });
    const warnings: string[] = [];
    engine.events.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
    await loadCatalog(engine, { signal: never() });
    expect(warnings).toEqual(
      ['b', 'c'].map((name) => expect.stringMatching(`^CATALOG_CUSTOM_FILE_LEFT_OUT .*/${name}[.]json`) as unknown),
    );
  });

  test('may be a folder by mistake', async () => {
    const home = await temporaryFolder();
    await mkdir(`${home}/config/catalog.json`, { recursive: true });
    await writeFiles(`${home}/config`, { 'catalog.d': 'no folder' });
    const engine = await createEngine({
      settings: parseSettings({}, 'test'),
      context: { env: { LOOPSTICK_HOME: home } },
    });
    const warnings: string[] = [];
    engine.events.on('warning', ({ code }) => warnings.push(code));
    await loadCatalog(engine, { signal: never() });
    expect(warnings).toEqual(['CATALOG_CUSTOM_FILE_LEFT_OUT']);
  });
});
