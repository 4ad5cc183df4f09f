import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { publishRegistry } from '../../src/publish/publish.ts';
import { rotateKey } from '../../src/publish/rotate-key.ts';
import { usePlace } from './support.ts';

const place = usePlace();

type Roles = Record<string, { keyids: string[] }>;
const keysOf = async (root: string, role: string): Promise<string[]> =>
  ((await place.signed(root))['roles'] as Roles)[role]?.keyids ?? [];

it('puts the new key in place of the oldest one, or of the one that is named', async () => {
  await place.init({ keys: { root: { count: 2, threshold: 2 } } });
  const [one = '', two = ''] = await keysOf('1.root.json', 'root');
  const first = await rotateKey(place.directory, 'root', {}, place.context);
  expect(first.removed.id).toBe(one);
  expect(await keysOf('2.root.json', 'root')).toEqual([two, first.added.id]);
  const second = await rotateKey(place.directory, 'root', { replace: first.added.id.slice(0, 8) }, place.context);
  expect(await keysOf('3.root.json', 'root')).toEqual([two, second.added.id]);
});

it('makes no key when the former ones are too few to vouch for it', async () => {
  await place.init({ keys: { root: { count: 2, threshold: 2 } } });
  const keys = join(place.directory, 'keys');
  const [name = ''] = (await readdir(keys)).filter((each) => each.startsWith('root-'));
  await rm(join(keys, name));
  const before = await readdir(keys);
  const rotation = rotateKey(place.directory, 'timestamp', {}, place.context);
  await expect(rotation).rejects.toMatchObject({ code: 'REGISTRY_KEY_MISSING' });
  expect(await readdir(keys)).toEqual(before);
  expect(await place.metadata()).toEqual(['1.root.json']);
});

it('makes no folder for a key', async () => {
  await place.init();
  const keyFolder = join(place.folder, 'a-slip');
  const rotation = rotateKey(place.directory, 'timestamp', { keyFolder }, place.context);
  await expect(rotation).rejects.toMatchObject({ code: 'REGISTRY_KEY_FOLDER_MISSING' });
  expect(await readdir(place.folder)).toEqual(['ours']);
});

it('changes nothing when a key is missing for what has to be signed anew', async () => {
  await place.init();
  await publishRegistry(place.directory, {}, place.context);
  const keys = join(place.directory, 'keys');
  const [name = ''] = (await readdir(keys)).filter((each) => each.startsWith('snapshot-'));
  await rm(join(keys, name));
  const before = [await readdir(keys), await place.metadata()];
  const rotation = rotateKey(place.directory, 'targets', {}, place.context);
  await expect(rotation).rejects.toMatchObject({ code: 'REGISTRY_KEY_MISSING' });
  expect([await readdir(keys), await place.metadata()]).toEqual(before);
});

it('signs anew what the former key had signed', async () => {
  await place.init();
  await publishRegistry(place.directory, {}, place.context);
  await rotateKey(place.directory, 'targets', {}, place.context);
  expect(await place.signed('2.targets.json')).toMatchObject({ version: 2 });
  expect(await place.signed('timestamp.json')).toMatchObject({ version: 2 });
});

it('knows no key that is not there', async () => {
  await place.init();
  const rotation = rotateKey(place.directory, 'root', { replace: 'ffff' }, place.context);
  await expect(rotation).rejects.toMatchObject({ code: 'REGISTRY_NO_SUCH_CONTENT' });
});
