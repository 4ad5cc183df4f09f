import { access } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { HookName } from '../../src/engine/hooks.ts';
import { localRequest } from '../../src/engine/local-request.ts';
import { PluginHost } from '../../src/plugin/plugin-host.ts';
import { TapLedger } from '../../src/engine/tap.ts';
import { manifestText, never, temporaryFolder, testDoor, writeFiles } from '../engine/support.ts';

/** An entry whose register() has this body. */
const entry = (id: string, body: string, head = ''): string =>
  `${head}\nexport default { id: '${id}', register(to) { ${body} } };\n`;
const listens = (id: string, body = ''): string =>
  entry(id, `to.lifecycle('beforeApply', '${id}', async ({ subject }) => { ${body} });`);

/** Real plugin folders below a temporary one: name of the folder → its files. */
async function pluginFolders(folders: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<string[]> {
  const root = await temporaryFolder();
  for (const [name, files] of Object.entries(folders)) await writeFiles(join(root, name), files);
  return Object.keys(folders).map((name) => join(root, name));
}

function setUp(deadlines = {}) {
  const door = testDoor(deadlines);
  const ledger = new TapLedger();
  return { door, ledger, host: new PluginHost(door, ledger) };
}

const states = (host: PluginHost) =>
  Object.fromEntries(host.plugins.map(({ manifest, state }) => [manifest.id, state] as const));
const NONE: ReadonlySet<string> = new Set();

describe('discovery', () => {
  test('finds plugins without loading them', async () => {
    const { host, door } = setUp();
    const body = "throw new Error('was loaded');";
    await host.discover(await pluginFolders({ one: { 'package.json': manifestText('one'), 'index.js': body } }), NONE);
    expect(states(host)).toEqual({ one: 'found' });
    expect(door.losses).toEqual([]);
  });

  test('refuses two plugins with one id and names both folders', async () => {
    const { host } = setUp();
    const [first, second] = await pluginFolders({
      first: { 'package.json': manifestText('same') },
      second: { 'package.json': manifestText('same') },
    });
    await expect(host.discover([first!, second!], NONE)).rejects.toMatchObject({
      code: 'PLUGIN_DUPLICATE',
      message: expect.stringMatching(`${first!}.*${second!}`),
    });
  });

  test('takes the one that the user has chosen, by folder or by tier, and nothing of the other', async () => {
    const [first, second] = await pluginFolders({
      first: { 'package.json': manifestText('same', { kinds: ['distro@1'], contributes: { catalog: './c.json' } }) },
      second: { 'package.json': manifestText('same') },
    });
    const places = [first!, { directory: second!, trust: 'unsigned' as const }];
    for (const [use, chosen, sources] of [
      [first, first, 1],
      [second, second, 0],
      ['unsigned', second, 0],
      ['bundled', first, 1],
    ] as const) {
      const { host, ledger } = setUp();
      await host.discover(places, NONE, (id) => (id === 'same' ? use : undefined));
      expect(host.plugins.map(({ manifest }) => manifest.directory)).toEqual([chosen]);
      expect(ledger.names('catalogSources')).toHaveLength(sources);
    }
    for (const use of ['data', '/elsewhere']) {
      await expect(setUp().host.discover(places, NONE, () => use)).rejects.toMatchObject({ code: 'PLUGIN_DUPLICATE' });
    }
  });

  test('takes a folder that is named twice for one', async () => {
    const { host } = setUp();
    const [folder] = await pluginFolders({ one: { 'package.json': manifestText('one') } });
    await host.discover([folder!, folder!], NONE);
    expect(states(host)).toEqual({ one: 'found' });
  });

  test('loses only the plugin whose manifest is not valid, and says so', async () => {
    const { host, door } = setUp();
    const folders = await pluginFolders({
      broken: { 'package.json': '{' },
      whole: { 'package.json': manifestText('whole') },
    });
    await host.discover(folders, NONE);
    expect(states(host)).toEqual({ whole: 'found' });
    expect(door.losses).toMatchObject([{ error: { code: 'PLUGIN_MANIFEST_INVALID' } }]);
  });

  test('keeps disabled plugins in the list and never loads them', async () => {
    const { host, ledger } = setUp();
    const folders = await pluginFolders({
      off: { 'package.json': manifestText('off'), 'index.js': listens('off') },
      again: { 'package.json': manifestText('off'), 'index.js': listens('off') },
    });
    await host.discover(folders, new Set(['off']));
    await host.loadFor('beforeApply');
    expect(states(host)).toEqual({ off: 'disabled' });
    expect(ledger.names('beforeApply')).toEqual([]);
  });

  test('reads the catalog of a plugin without loading its code', async () => {
    const { host, door } = setUp();
    const block = { kinds: ['distro@1'], contributes: { catalog: './catalog.json' } };
    const folders = await pluginFolders({
      distro: {
        'package.json': manifestText('distro', block),
        'catalog.json': '{ "distributions": [] }',
        'index.js': "throw new Error('was loaded');",
      },
    });
    await host.discover(folders, NONE);
    const outcomes: unknown[] = [];
    await door.hooks.catalogSources.promise({
      signal: never(),
      wants: () => true,
      request: (_, __, signal) => localRequest({ now: () => new Date() }, signal),
      deliver: ({ source: { name, layer }, document }) => outcomes.push({ name, layer, document }),
    });
    expect(outcomes).toEqual([{ name: 'embedded:distro', layer: 'embedded', document: { distributions: [] } }]);
    expect(states(host)).toEqual({ distro: 'found' });
  });
});

describe('a plugin that describes a distribution', () => {
  const block = { kinds: ['distro@1'], contributes: { distribution: './distribution.json' } };
  const boot = { name: 'x', recognise: { labels: ['X'] }, rejected: 'why' };
  const rule = { from: ['https://a.example/{path}'] };
  const described = (more: object) =>
    JSON.stringify({
      schema: { major: 1, minor: 0 },
      distribution: { id: 'x', name: 'X' },
      boot: [boot],
      mirrorLists: [rule],
      ...more,
    });

  test('needs no code: its source, its mirror lists and its recipes are those of the document', async () => {
    const { host, door, ledger } = setUp();
    const text = manifestText('distro', { ...block, entry: undefined });
    await host.discover(
      await pluginFolders({ distro: { 'package.json': text, 'distribution.json': described({}) } }),
      NONE,
    );
    expect(ledger.names('catalogSources')).toEqual(['upstream:distro']);
    await host.loadFor('recipes');
    expect(ledger.names('recipes')).toEqual(['distro:x']);
    expect(ledger.names('mirrorLists')).toEqual(['distro']);
    expect(states(host)).toEqual({ distro: 'loaded' });
    expect(door.losses).toEqual([]);
  });

  test('may have code besides', async () => {
    const { host, ledger } = setUp();
    const recipe = "to.recipe({ name: 'code', recognise: async () => undefined });";
    const folders = await pluginFolders({
      distro: {
        'package.json': manifestText('distro', block),
        'distribution.json': described({}),
        'index.js': entry('distro', recipe),
      },
    });
    await host.discover(folders, NONE);
    await host.loadFor('recipes');
    expect(ledger.names('recipes')).toEqual(['code', 'distro:x']);
  });

  test('has added nothing when its document is not valid', async () => {
    const { host, door, ledger } = setUp();
    const folders = await pluginFolders({
      distro: {
        'package.json': manifestText('distro', { ...block, entry: undefined }),
        'distribution.json': described({ boot: [boot, boot] }),
      },
    });
    await host.discover(folders, NONE);
    await host.loadFor('recipes');
    expect(states(host)).toEqual({ distro: 'failed' });
    expect(ledger.names('recipes')).toEqual([]);
    expect(door.losses).toMatchObject([{ error: { code: 'DISTRIBUTION_INVALID' } }]);
  });

  test('has to be of the kind for distributions', async () => {
    const { host, door } = setUp();
    const text = manifestText('distro', { ...block, kinds: ['recipe@1'] });
    await host.discover(
      await pluginFolders({ distro: { 'package.json': text, 'distribution.json': described({}) } }),
      NONE,
    );
    expect(door.losses).toMatchObject([{ error: { code: 'PLUGIN_MANIFEST_INVALID' } }]);
  });
});

describe('loading', () => {
  test('happens when a hook that the plugin declares is about to be called, and only once', async () => {
    const { host, ledger } = setUp();
    const marker = join(await temporaryFolder(), 'loaded');
    const write = `import { writeFileSync } from 'node:fs'; writeFileSync('${marker}', '', { flag: 'wx' });`;
    const tap = "to.lifecycle('beforeApply', 'one', async () => undefined);";
    const folders = await pluginFolders({
      one: { 'package.json': manifestText('one'), 'index.js': entry('one', tap, write) },
    });
    await host.discover(folders, NONE);
    await host.loadFor('recipes');
    await expect(access(marker)).rejects.toMatchObject({ code: 'ENOENT' });

    await Promise.all([host.loadFor('beforeApply'), host.loadFor('beforeApply'), host.loadFor('afterApply')]);
    await access(marker);
    expect(states(host)).toEqual({ one: 'loaded' });
    expect(ledger.names('beforeApply')).toEqual(['one']);
  });

  test('keeps the order of discovery, however long a plugin takes', async () => {
    const { host, ledger } = setUp();
    const slow = 'await new Promise((resolve) => setTimeout(resolve, 50));\n';
    const folders = await pluginFolders({
      slow: { 'package.json': manifestText('slow'), 'index.js': slow + listens('slow') },
      fast: { 'package.json': manifestText('fast'), 'index.js': listens('fast') },
    });
    await host.discover(folders, NONE);
    await host.loadFor('beforeApply');
    expect(ledger.names('beforeApply')).toEqual(['slow', 'fast']);
  });

  const two = "to.lifecycle('beforeApply', 'a', async () => {}); ";
  test.each<[string, string, string]>([
    ['has no file', '', 'PLUGIN_LOAD_FAILED'],
    ['does not parse', 'export default {', 'PLUGIN_LOAD_FAILED'],
    ['throws on import', "throw new Error('boom');", 'PLUGIN_LOAD_FAILED'],
    ['has no default export', 'export const id = 1;', 'PLUGIN_LOAD_FAILED'],
    ['exports null', 'export default null;', 'PLUGIN_LOAD_FAILED'],
    ['says another id', entry('other', ''), 'PLUGIN_LOAD_FAILED'],
    ['throws while it registers', entry('bad', `${two} throw new Error('boom');`), 'PLUGIN_LOAD_FAILED'],
    [
      'rejects while it registers',
      "export default { id: 'bad', register: async () => { throw new Error('boom'); } };",
      'PLUGIN_LOAD_FAILED',
    ],
    ['throws nothing at all', entry('bad', `${two} throw undefined;`), 'PLUGIN_LOAD_FAILED'],
    ['taps what it did not declare', entry('bad', `${two} to.transport({ name: 't' });`), 'PLUGIN_TAP_UNDECLARED'],
    ['taps one name twice', entry('bad', two + two), 'PLUGIN_TAP_DUPLICATE'],
    ['hangs on import', `await new Promise(() => {});\n${entry('bad', '')}`, 'PLUGIN_TAP_DEADLINE'],
    [
      'hangs while it registers',
      "export default { id: 'bad', register: () => new Promise(() => {}) };",
      'PLUGIN_TAP_DEADLINE',
    ],
  ])('loses only a plugin that %s', async (_, code, expected) => {
    const { host, door, ledger } = setUp({ load: 500 });
    const folders = await pluginFolders({
      bad: { 'package.json': manifestText('bad'), ...(code === '' ? {} : { 'index.js': code }) },
      good: { 'package.json': manifestText('good'), 'index.js': listens('good') },
    });
    await host.discover(folders, NONE);
    await host.loadFor('beforeApply');
    expect(states(host)).toEqual({ bad: 'failed', good: 'loaded' });
    expect(door.losses).toMatchObject([{ call: { pluginId: 'bad' }, error: { code: expected, pluginId: 'bad' } }]);
    expect(host.plugins[0]?.error).toBe(door.losses[0]?.error);
    // Nothing of what it added before it failed is left.
    expect(ledger.names('beforeApply')).toEqual(['good']);
  });

  test('lets no plugin add anything after its registration', async () => {
    const { host, door } = setUp();
    const later = "to.lifecycle('beforeApply', 'one', async () => to.lifecycle('afterApply', 'late', async () => {}));";
    const folders = await pluginFolders({
      one: { 'package.json': manifestText('one'), 'index.js': entry('one', later) },
    });
    await host.discover(folders, NONE);
    await host.loadFor('beforeApply');
    const event = 'beforeApply';
    await door.hooks.lifecycle[event].promise({ event, subject: {}, signal: never(), refuse: () => undefined });
    expect(door.losses).toMatchObject([{ error: { code: 'PLUGIN_TAP_LATE', pluginId: 'one' } }]);
  });

  test('goes on after somebody who was told of a loss threw', async () => {
    const door = testDoor();
    const ledger = new TapLedger();
    const onLoss = () => {
      throw new Error('listener');
    };
    const host = new PluginHost({ ...door, onLoss }, ledger);
    const hooks: [string, HookName][] = [
      ['recipe', 'recipes'],
      ['lifecycle', 'beforeApply'],
    ];
    const folders = await pluginFolders(
      Object.fromEntries(
        hooks.map(([kind]) => [
          kind,
          {
            'package.json': manifestText(kind, { kinds: [`${kind}@1`] }),
            'index.js': kind === 'recipe' ? "throw new Error('boom');" : listens(kind),
          },
        ]),
      ),
    );
    await host.discover(folders, NONE);
    await expect(host.loadFor('recipes')).rejects.toThrow('listener');
    await host.loadFor('beforeApply');
    expect(states(host)).toEqual({ recipe: 'failed', lifecycle: 'loaded' });
  });
});
