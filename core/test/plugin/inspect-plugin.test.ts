import { join } from 'node:path';

import { generateKey } from 'openpgp';
import { describe, expect, test } from 'vitest';

import { loadDescription } from '../../src/distribution/load-description.ts';
import { inspectPlugin } from '../../src/plugin/inspect-plugin.ts';
import { PluginHost } from '../../src/plugin/plugin-host.ts';
import { TapLedger } from '../../src/engine/tap.ts';
import { manifestText, never, temporaryFolder, testDoor, writeFiles } from '../engine/support.ts';

const SCHEMA = { major: 1, minor: 0 };
const DISTRIBUTION = { schema: SCHEMA, distribution: { id: 'example', name: 'Example' } };
const MIRRORS = {
  schema: SCHEMA,
  distributions: ['example'],
  mirrorLists: [
    {
      from: ['https://a.example/{path}'],
      list: { format: 'mirrorlist', url: 'https://a.example/mirrors?path={path}', path: '{path}' },
    },
  ],
};

const own = (changes: object): string =>
  JSON.stringify({
    schema: 1,
    id: 'x',
    version: '1.0.0',
    kinds: ['distro@1'],
    engine: '*',
    permissions: { hosts: ['a.example'] },
    ...changes,
  });

async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await temporaryFolder();
  await writeFiles(folder, files);
  return folder;
}

const inspect = async (files: Readonly<Record<string, string>>) => inspectPlugin(await folderOf(files), never());

describe('inspecting a plugin', () => {
  test('finds nothing wrong with one that is sound, in each form', async () => {
    const block = { kinds: ['distro@1'], entry: './index.js', contributes: { distribution: './d.json' } };
    const files = { 'package.json': manifestText('x', block), 'd.json': JSON.stringify(DISTRIBUTION) };
    expect(await inspect({ ...files, 'index.js': 'throw new Error("was run")' })).toMatchObject({ id: 'x' });
    const one = own({ contributes: { distribution: DISTRIBUTION, mirrorLists: MIRRORS } });
    expect(await inspect({ 'loopstick.plugin.json': one })).toMatchObject({ id: 'x' });
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    [
      'an entry that is not there',
      'PLUGIN_FILE_MISSING',
      { 'package.json': manifestText('x', { entry: './dist/index.js' }) },
    ],
    [
      'a document that is not there',
      'PLUGIN_FILE_MISSING',
      { 'loopstick.plugin.json': own({ contributes: { distribution: './d.json' } }) },
    ],
    [
      'two manifests',
      'PLUGIN_MANIFEST_AMBIGUOUS',
      {
        'package.json': manifestText('x', { entry: './index.js' }),
        'index.js': '',
        'loopstick.plugin.json': own({ contributes: { distribution: DISTRIBUTION } }),
      },
    ],
    [
      'a distribution that is not valid',
      'DISTRIBUTION_INVALID',
      { 'loopstick.plugin.json': own({ contributes: { distribution: { ...DISTRIBUTION, list: [] } } }) },
    ],
    [
      'a key that is not there',
      'DISTRIBUTION_UNREADABLE',
      {
        'loopstick.plugin.json': own({
          contributes: {
            distribution: { ...DISTRIBUTION, keys: [{ fingerprint: 'A'.repeat(40), file: './keys/a.asc' }] },
          },
        }),
      },
    ],
    [
      'a catalog that is not valid',
      'CATALOG_MALFORMED',
      { 'loopstick.plugin.json': own({ contributes: { catalog: { schema: SCHEMA, distributions: 7 } } }) },
    ],
    [
      'mirror lists on a host that is not declared',
      'MIRROR_LISTS_INVALID',
      { 'loopstick.plugin.json': own({ permissions: {}, contributes: { mirrorLists: MIRRORS } }) },
    ],
    [
      'mirror lists with a name that nothing gives',
      'MIRROR_LISTS_INVALID',
      {
        'loopstick.plugin.json': own({
          contributes: {
            mirrorLists: { ...MIRRORS, mirrorLists: [{ ...MIRRORS.mirrorLists[0], from: ['https://b.example/'] }] },
          },
        }),
      },
    ],
  ])('finds %s', async (_, code, files) => {
    await expect(inspect(files)).rejects.toMatchObject({ code });
  });
});

describe('a plugin that is one document', () => {
  test('brings a distribution with its key, and mirror lists', async () => {
    const { publicKey } = await generateKey({ userIDs: [{ name: 'A vendor' }], format: 'object' });
    const keys = [{ fingerprint: publicKey.getFingerprint().toUpperCase(), armoured: publicKey.armor() }];
    const contributes = { distribution: { ...DISTRIBUTION, keys }, mirrorLists: MIRRORS };
    const folder = await folderOf({ 'loopstick.plugin.json': own({ contributes }) });
    await inspectPlugin(folder, never());

    const door = testDoor();
    const host = new PluginHost(door, new TapLedger());
    await host.discover([{ directory: folder, trust: 'data' }], new Set());
    await host.loadFor('mirrorLists');
    const found: unknown[] = [];
    const image = { id: 'example/1/a/x86_64', distribution: 'example', version: '1', variant: 'a', arch: 'x86_64' };
    await door.hooks.mirrorLists.promise({
      image: { ...image, file: 'x.iso', urls: ['https://a.example/pub/x.iso'] },
      signal: never(),
      deliver: (source, lists) => found.push([source.name, lists]),
    });
    expect(door.losses).toEqual([]);
    expect(found).toEqual([
      ['x', [{ format: 'mirrorlist', url: 'https://a.example/mirrors?path=pub/x.iso', path: 'pub/x.iso' }]],
    ]);
    const { description, keysFor } = await loadDescription({
      id: 'x',
      directory: folder,
      file: join(folder, 'loopstick.plugin.json'),
      hosts: [],
    });
    expect(description.distribution.id).toBe('example');
    expect(String(Buffer.from((await keysFor(['1']))[0]?.material ?? ''))).toBe(publicKey.armor());
  });
});
