import { mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { usePlace } from './support.ts';

const place = usePlace();

it('makes keys that nobody else can read, and a root that names them', async () => {
  await place.init({ keys: { root: { count: 3, threshold: 2 } } });
  const keys = join(place.directory, 'keys');
  expect((await stat(keys)).mode & 0o777).toBe(0o700);
  const names = await readdir(keys);
  expect(names.map((name) => name.split('-')[0]).sort()).toEqual([
    ...['root', 'root', 'root'],
    ...['snapshot', 'targets', 'timestamp'],
  ]);
  for (const name of names) expect((await stat(join(keys, name))).mode & 0o777).toBe(0o600);
  const { roles, expires } = (await place.signed('1.root.json')) as {
    roles: Record<string, { keyids: string[]; threshold: number }>;
    expires: string;
  };
  expect(roles['root']).toMatchObject({ threshold: 2 });
  expect(roles['root']?.keyids.map((id) => `root-${id.slice(0, 12)}.json`).sort()).toEqual(
    names.filter((name) => name.startsWith('root-')),
  );
  expect(expires).toBe('2032-02-29T12:00:00Z');
});

it('leaves no private key in what is shown', async () => {
  await place.init();
  const text = await readFile(join(place.directory, 'public/metadata/1.root.json'), 'utf8');
  for (const name of await readdir(join(place.directory, 'keys'))) {
    const { privateKey } = JSON.parse(await readFile(join(place.directory, 'keys', name), 'utf8')) as {
      privateKey: string;
    };
    expect(text).not.toContain(privateKey.split('\n')[1]);
  }
});

it('keeps keys in another folder when asked to', async () => {
  const keyFolder = join(place.folder, 'vault');
  await place.init({ keyFolder });
  expect(await readdir(keyFolder)).toHaveLength(4);
  expect(await readdir(place.directory)).not.toContain('keys');
});

it('takes an empty folder, and no other', async () => {
  await mkdir(place.directory);
  await place.init();
  await expect(place.init()).rejects.toMatchObject({ code: 'REGISTRY_EXISTS' });
  await writeFile(join(place.folder, 'file'), '');
  place.directory = join(place.folder, 'file');
  await expect(place.init()).rejects.toMatchObject({ code: 'REGISTRY_EXISTS' });
});

it.each([
  [0, 0],
  [1, 2],
  [1, 0],
  [30, 2],
])('refuses %i keys of which %i have to sign, and leaves nothing', async (count, threshold) => {
  await expect(place.init({ keys: { targets: { count, threshold } } })).rejects.toMatchObject({
    code: 'REGISTRY_BAD_THRESHOLD',
  });
  expect(await readdir(place.folder)).toEqual([]);
});

it.each([
  { title: 'two\nlines', refresh: { intervalMinutes: 60, jitterMinutes: 0 } },
  { title: 'Ours', homepage: 'ours', refresh: { intervalMinutes: 60, jitterMinutes: 0 } },
  { title: 'Ours', refresh: { intervalMinutes: 0, jitterMinutes: 0 } },
])('is not described in a way that readers would not understand: %j', async (description) => {
  const made = place.init({ description: { schema: 1, ...description } });
  await expect(made).rejects.toMatchObject({ code: 'REGISTRY_BAD_DESCRIPTION' });
  expect(await readdir(place.folder)).toEqual([]);
});

it('leaves nothing behind when it fails', async () => {
  await writeFile(join(place.folder, 'taken'), '');
  await expect(place.init({ keyFolder: join(place.folder, 'taken') })).rejects.toMatchObject({ code: 'ENOTDIR' });
  expect(await readdir(place.folder)).toEqual(['taken']);

  // Somebody else was faster.
  const keyFolder = join(place.folder, 'vault');
  const now = place.context.now;
  const busy = Object.assign(place.context, {
    now: () => {
      mkdirSync(join(place.directory, 'content'), { recursive: true });
      return now();
    },
  });
  await expect(place.init({ keyFolder })).rejects.toMatchObject({ code: 'ENOTEMPTY' });
  Object.assign(busy, { now });
  expect(await readdir(keyFolder)).toEqual([]);
  expect((await readdir(place.folder)).sort()).toEqual(['ours', 'taken', 'vault']);
});
