import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createContext } from '../../src/engine/context.ts';
import { KnownManifests } from '../../src/plugin/known-manifests.ts';
import { readManifest } from '../../src/plugin/plugin-manifest.ts';
import { manifestText, temporaryFolder, writeFiles } from '../engine/support.ts';

/** Long after the files of the test were written. */
const later = () => new Date(Date.now() + 60_000);
const open = (file: string, now = later) => new KnownManifests(file, createContext({ now }));

const DATA = {
  schema: 1,
  id: 'data',
  kinds: ['distro@1'],
  engine: '*',
  version: '1.0.0',
  contributes: { distribution: { any: 'thing' }, catalog: './catalog.json' },
};

/** A plugin of either form, read once with notes taken. */
async function noted(now = later) {
  const root = await temporaryFolder();
  await writeFiles(root, {
    'code/package.json': manifestText('code', { permissions: { hosts: ['example.org'] } }),
    'data/loopstick.plugin.json': JSON.stringify(DATA),
  });
  const file = join(root, 'cache', 'manifests.json');
  const [code, data] = [join(root, 'code'), join(root, 'data')] as const;
  const known = open(file, now);
  const manifests = [await readManifest(code, { known }), await readManifest(data, { known })];
  await known.keep();
  return { file, code, data, manifests };
}

describe('known manifests', () => {
  test('say what was read', async () => {
    const { file, code, data, manifests } = await noted();
    const known = open(file);
    expect(known.of(code)).toBeDefined();
    expect(known.of(data)).toBeDefined();
    expect([await readManifest(code, { known }), await readManifest(data, { known })]).toEqual(manifests);
  });

  test('hold no documents', async () => {
    const { file } = await noted();
    expect(await readFile(file, 'utf8')).not.toContain('thing');
  });

  test('do not count when the file looks otherwise', async () => {
    const { file, code } = await noted();
    const path = join(code, 'package.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('example.org', 'example.com'));
    const { permissions } = await readManifest(code, { known: open(file) });
    expect(permissions.hosts).toEqual(['example.com']);
  });

  test('do not count when times were set back', async () => {
    const { file, code } = await noted();
    await utimes(join(code, 'package.json'), 1, 1);
    expect(open(file).of(code)).toBeUndefined();
  });

  test('do not count when there is another manifest, which is read first', async () => {
    const { file, data } = await noted();
    await writeFiles(data, { 'package.json': manifestText('other') });
    expect(await readManifest(data, { known: open(file) })).toMatchObject({ id: 'other' });
  });

  test('are not taken of what has just been written: it may be written again and look the same', async () => {
    const { file, code } = await noted(() => new Date());
    expect(open(file).of(code)).toBeUndefined();
  });

  test('are not taken of what is wrong', async () => {
    const root = await temporaryFolder();
    const contributes = { distribution: './distribution.json' };
    await writeFiles(root, { 'package.json': manifestText('wrong', { contributes }) });
    const file = join(root, 'manifests.json');
    for (const known of [open(file), open(file)]) {
      await expect(readManifest(root, { known })).rejects.toMatchObject({ code: 'PLUGIN_MANIFEST_INVALID' });
      await known.keep();
    }
  });

  test('forget folders that nobody asks about', async () => {
    const { file, code, data } = await noted();
    const known = open(file);
    await readManifest(code, { known });
    await known.keep();
    expect(open(file).of(data)).toBeUndefined();
    expect(open(file).of(code)).toBeDefined();
  });

  test.each<[string, (text: string) => string]>([
    ['damaged', (text) => text.replace('example.org', 'example.com')],
    ['cut off', (text) => text.slice(0, -10)],
    ['of no kind', () => 'x'],
  ])('are as if they were not there when they are %s', async (_, change) => {
    const { file, code } = await noted();
    await writeFile(file, change(await readFile(file, 'utf8')));
    expect(open(file).of(code)).toBeUndefined();
  });

  test('need not be kept', async () => {
    const { code, data } = await noted();
    const known = open(join(code, 'package.json', 'manifests.json'));
    await readManifest(data, { known });
    await expect(known.keep()).resolves.toBeUndefined();
  });
});
