import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createEngine, type EngineOptions } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import { createEventBus } from '../../src/engine/events.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import type { IsoContents } from '../../src/recipe/iso.ts';
import { hang, manifestText, never, temporaryFolder, writeFiles } from './support.ts';

const ISO = { label: '', size: 0, has: () => false, list: () => [], read: hang } satisfies IsoContents;

/** An engine with a home of its own that holds these files, and the warnings it gives from the start. */
async function engineIn(files: Readonly<Record<string, string>> = {}, options: EngineOptions = {}) {
  const home = await temporaryFolder();
  await writeFiles(home, files);
  const events = createEventBus();
  const warnings: LoopstickError[] = [];
  events.on('warning', (warning) => warnings.push(warning));
  const own = new Set(Object.keys(files).flatMap((path) => /^(plugins\/[^/]+)\//.exec(path)?.[1] ?? []));
  const plugins = [...(options.plugins ?? []), ...[...own].map((folder) => join(home, folder))];
  const context = { env: { ...process.env, LOOPSTICK_HOME: home } };
  const engine = await createEngine({ context, events, ...options, plugins });
  return { engine, warnings, home };
}

const recipePlugin = (id: string, answer: string): Record<string, string> => ({
  [`plugins/${id}/package.json`]: manifestText(id, { kinds: ['recipe@1'] }),
  [`plugins/${id}/index.js`]: `export default { id: '${id}', register(to) { to.recipe({ name: '${id}', recognise: async () => ${answer} }); } };`,
});

describe('createEngine', () => {
  test('starts in an empty home', async () => {
    const { engine, warnings } = await engineIn();
    expect(engine.plugins).toEqual([]);
    expect(engine.unfinishedCalls).toEqual([]);
    expect(engine.settings.stick.bootloader).toBe('grub');
    expect(warnings).toEqual([]);
  });

  test('finds the plugins it is given and those that the settings name, relative to the settings', async () => {
    const { engine } = await engineIn({
      ...recipePlugin('installed', 'undefined'),
      'config/settings.json': '{ "plugins": { "paths": ["./mine"] } }',
      'config/mine/package.json': manifestText('mine'),
    });
    expect(engine.plugins.map(({ manifest }) => manifest.id)).toEqual(['installed', 'mine']);
  });

  test('takes what manifests say from where it has kept that, and reads those that have changed', async () => {
    const root = await temporaryFolder();
    const plugins = ['one', 'two'].map((name) => join(root, name));
    const manifestCache = join(root, 'cache', 'manifests.json');
    const ids = async () => {
      const now = () => new Date(Date.now() + 60_000);
      const settings = parseSettings({}, 'settings.json');
      const { engine } = await engineIn({}, { plugins, manifestCache, settings, context: { now } });
      return engine.plugins.map(({ manifest }) => manifest.id);
    };
    await writeFiles(root, { 'one/package.json': manifestText('first'), 'two/package.json': manifestText('second') });
    expect(await ids()).toEqual(['first', 'second']);
    expect(await readFile(manifestCache, 'utf8')).toContain('"second"');
    await writeFiles(root, { 'two/package.json': manifestText('changed') });
    expect(await ids()).toEqual(['first', 'changed']);
    expect(await readFile(manifestCache, 'utf8')).toContain('"changed"');
  });

  test('tells those who listen already of a plugin that is lost on the way', async () => {
    const { engine, warnings } = await engineIn({ 'plugins/broken/package.json': '{' });
    expect(engine.plugins).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'PLUGIN_MANIFEST_INVALID' }]);
  });

  test('refuses invalid settings', async () => {
    await expect(engineIn({ 'config/settings.json': '{ "stick": 7 }' })).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
    });
  });

  test('refuses two plugins with one id', async () => {
    const bundled = await temporaryFolder();
    await writeFiles(bundled, { 'package.json': manifestText('same') });
    const installed = { 'plugins/same/package.json': manifestText('same') };
    await expect(engineIn(installed, { plugins: [bundled] })).rejects.toMatchObject({
      code: 'PLUGIN_DUPLICATE',
    });
  });
});

describe('an engine', () => {
  test('asks the plugins’ recipes and warns of one that fails', async () => {
    const { engine, warnings } = await engineIn({
      ...recipePlugin('a-throws', "Promise.reject(new Error('boom'))"),
      ...recipePlugin('b-knows', "({ title: 'B' })"),
    });
    expect(await engine.recognise(ISO, never())).toEqual({
      pluginId: 'b-knows',
      recipe: 'b-knows',
      recognition: { title: 'B' },
    });
    expect(warnings).toMatchObject([{ code: 'PLUGIN_TAP_FAILED', pluginId: 'a-throws' }]);
    expect(engine.plugins.map(({ state }) => state)).toEqual(['loaded', 'loaded']);
  });

  test('lists the calls that never settled', async () => {
    const { engine } = await engineIn(recipePlugin('hangs', 'new Promise(() => {})'), { deadlines: { recipe: 20 } });
    expect(await engine.recognise(ISO, never())).toBeUndefined();
    expect(engine.unfinishedCalls).toEqual([{ pluginId: 'hangs', place: 'recipes/hangs' }]);
  });

  test('names what there is when a part is not', async () => {
    const { engine } = await engineIn();
    engine.own.transport({ name: 'http', schemes: ['http', 'https'], open: hang });
    expect(await engine.transport('https://host/path')).toMatchObject({ name: 'http' });
    await expect(engine.transport('gopher://host/path')).rejects.toMatchObject({
      code: 'PLUGIN_NOT_FOUND',
      message: expect.stringMatching(/gopher.*http/),
    });
    await expect(engine.bootloader('lilo')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
    await expect(engine.mirrorStrategy('wise')).rejects.toMatchObject({ code: 'PLUGIN_NOT_FOUND' });
  });

  test('gives what catalog sources say in the order of registration', async () => {
    const { engine } = await engineIn();
    for (const [name, wait] of [
      ['slow', 30],
      ['fast', 0],
    ] as const) {
      const read = async () => {
        await new Promise((resolve) => setTimeout(resolve, wait));
        return name;
      };
      engine.own.catalogSource({ name, layer: 'custom', read });
    }
    const outcomes = await engine.readCatalogSources({ signal: never(), load: true, wants: () => true });
    expect(outcomes.map(({ document }) => document)).toEqual(['slow', 'fast']);
  });

  test('loads no code to read the catalog without a network', async () => {
    const { engine } = await engineIn({
      'plugins/d/package.json': manifestText('d', { kinds: ['distro@1'], contributes: { catalog: './c.json' } }),
      'plugins/d/c.json': '{}',
      'plugins/d/index.js': "throw new Error('was loaded');",
    });
    const outcomes = await engine.readCatalogSources({ signal: never(), load: false, wants: () => true });
    expect(outcomes).toMatchObject([{ source: { name: 'embedded:d' }, document: {} }]);
    expect(engine.plugins[0]?.state).toBe('found');
  });

  test('tells listeners of the program itself and of plugins, and lets them refuse', async () => {
    const { engine, home } = await engineIn({
      'plugins/policy/package.json': manifestText('policy'),
      'plugins/policy/index.js': `export default { id: 'policy', register(to) {
        to.lifecycle('beforeApply', 'policy', async ({ subject, refuse }) => {
          if (subject.target === 'sda') refuse('not the first disk');
        });
      } };`,
    });
    const told: unknown[] = [];
    engine.own.lifecycle('beforeApply', 'own', async ({ subject }) => {
      told.push(subject['target']);
      return Promise.resolve();
    });
    await engine.notify('beforeApply', { target: join(home, 'stick.img') }, never());
    await expect(engine.notify('beforeApply', { target: 'sda' }, never())).rejects.toMatchObject({
      code: 'PLUGIN_REFUSED',
      pluginId: 'policy',
    });
    expect(told).toEqual([join(home, 'stick.img'), 'sda']);
  });
});
