import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createContext, createEngine, loadSettings, syncCatalog, type Context } from '@loopstick/core';
import { expect, it } from 'vitest';

import { trustRegistry, untrustRegistry } from '../../src/client/trust.ts';
import { trustedRegistries } from '../../src/client/trusted-registries.ts';
import { usePlace } from '../publish/support.ts';

const place = usePlace();
const { signal } = new AbortController();
const url = 'https://registry.example.org/ours';

function home(): Context {
  return createContext({
    env: { LOOPSTICK_HOME: join(place.folder, 'home') },
    random: (length) => randomBytes(length),
  });
}
const root = (): string => join(place.directory, 'public/metadata/1.root.json');
const trust = (name: string, address = url): ReturnType<typeof trustRegistry> =>
  trustRegistry({ name, url: address, rootFile: root() }, home(), signal);

it('keeps a copy of the root, so that the file may go', async () => {
  await place.init();
  const text = await readFile(root(), 'utf8');
  const { keys, version } = await trust('ours', `${url}/`);
  expect({ keys: keys.length, version }).toEqual({ keys: 1, version: 1 });
  await rm(place.directory, { recursive: true });
  const { paths } = home();
  const [registry] = await trustedRegistries(await loadSettings(paths.config), paths);
  expect(registry).toMatchObject({ name: 'ours', url, by: 'user' });
  expect(await registry?.root()).toBe(text);
});

it('does not replace what is trusted by something else', async () => {
  await place.init();
  await trust('ours');
  await trust('ours');
  await expect(trust('ours', 'https://elsewhere.example')).rejects.toMatchObject({ code: 'REGISTRY_NAME_TAKEN' });
  await rm(place.directory, { recursive: true });
  await place.init();
  await expect(trust('ours')).rejects.toMatchObject({ code: 'REGISTRY_NAME_TAKEN' });
  await untrustRegistry('ours', home(), signal);
  await trust('ours');
});

it('leaves nothing when trust ends, and keeps the rest of the settings', async () => {
  await place.init();
  const { config } = home().paths;
  await mkdir(config, { recursive: true });
  await writeFile(join(config, 'settings.json'), '{"mirrors": {"only": false}}');
  await trust('ours');
  await trust('theirs');
  await untrustRegistry('ours', home(), signal);
  expect((await loadSettings(config)).registries.map(({ name }) => name)).toEqual(['theirs']);
  expect(await readdir(join(config, 'registries'))).toEqual(['theirs.root.json']);
  await untrustRegistry('theirs', home(), signal);
  expect(JSON.parse(await readFile(join(config, 'settings.json'), 'utf8'))).toEqual({ mirrors: { only: false } });
  await expect(untrustRegistry('ours', home(), signal)).rejects.toMatchObject({ code: 'REGISTRY_UNKNOWN' });
});

it('forgets what a sync has kept when trust ends', async () => {
  await place.init();
  await trust('ours');
  const engine = await createEngine({ context: home(), plugins: [] });
  for (const name of ['ours', 'theirs']) {
    engine.own.catalogSource({
      name: `registry:${name}`,
      layer: 'registry',
      read: async () => Promise.resolve({ schema: { major: 1, minor: 0 }, distributions: [] }),
    });
  }
  await syncCatalog(engine, { signal });
  const kept = join(home().paths.data, 'catalog');
  expect(await readdir(kept)).toHaveLength(2);
  await untrustRegistry('ours', home(), signal);
  expect(await readdir(kept)).toEqual([expect.stringContaining('theirs')]);
});

it.each([
  ['../x', url, 'REGISTRY_BAD_NAME'],
  ['', url, 'REGISTRY_BAD_NAME'],
  ['x', 'ftp://a.example', 'REGISTRY_BAD_ADDRESS'],
  ['x', 'https://me:secret@a.example', 'REGISTRY_BAD_ADDRESS'],
  ['x', 'https://a.example/?list=1', 'REGISTRY_BAD_ADDRESS'],
])('takes no "%s" at %s', async (name, address, code) => {
  await place.init();
  await expect(trust(name, address)).rejects.toMatchObject({ code });
});

it.each([
  ['signed by nobody', (text: string) => text.replace(/"sig": "../, '"sig": "00')],
  ['another role', (text: string) => text.replace('"_type": "root"', '"_type": "targets"')],
  ['half of one', (text: string) => text.slice(0, 300)],
  ['far too large', (text: string) => text + ' '.repeat(70_000)],
])('trusts no root that is %s', async (_, change) => {
  await place.init();
  await writeFile(root(), change(await readFile(root(), 'utf8')));
  await expect(trust('ours')).rejects.toMatchObject({ code: 'REGISTRY_ROOT_UNUSABLE' });
});

it('reads roots that come with Loopstick, and the user decides where both have the same name', async () => {
  await place.init();
  const roots = join(place.folder, 'roots');
  await mkdir(roots);
  const bundled = { schema: 1, url: 'https://official.example/', root: JSON.parse(await readFile(root(), 'utf8')) };
  for (const name of ['official', 'ours']) await writeFile(join(roots, `${name}.json`), JSON.stringify(bundled));
  await trust('ours');
  const { paths } = home();
  const all = await trustedRegistries(await loadSettings(paths.config), paths, roots);
  expect(all.map(({ name, url: address, by }) => [name, address, by])).toEqual([
    ['official', 'https://official.example', 'bundled'],
    ['ours', url, 'user'],
  ]);
  expect(JSON.parse((await all[0]?.root()) ?? '')).toEqual(bundled.root);
  await writeFile(join(roots, 'broken.json'), '{}');
  await expect(trustedRegistries({ registries: [] }, paths, roots)).rejects.toMatchObject({
    code: 'REGISTRY_ROOT_UNUSABLE',
  });
});
