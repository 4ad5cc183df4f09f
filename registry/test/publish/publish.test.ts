import { readdir, readFile, rename, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { removeContent } from '../../src/publish/content.ts';
import { publishRegistry } from '../../src/publish/publish.ts';
import { rotateKey } from '../../src/publish/rotate-key.ts';
import { registryStatus } from '../../src/publish/status.ts';
import { usePlace } from './support.ts';

const place = usePlace();
const publish = (options: Parameters<typeof publishRegistry>[1] = {}): ReturnType<typeof publishRegistry> =>
  publishRegistry(place.directory, options, place.context);

/** Brings offline keys to a folder of their own. */
async function hideKeys(...roles: string[]): Promise<string> {
  const vault = join(place.folder, 'vault');
  await mkdir(vault, { recursive: true });
  for (const name of await readdir(join(place.directory, 'keys'))) {
    if (roles.some((role) => name.startsWith(`${role}-`))) {
      await rename(join(place.directory, 'keys', name), join(vault, name));
    }
  }
  return vault;
}

it('writes the file that shows all others at last', async () => {
  await place.init();
  await place.add('one');
  const { written, versions } = await publish();
  expect(written.at(-1)).toBe('metadata/timestamp.json');
  expect(written.indexOf('metadata/1.targets.json')).toBeLessThan(written.indexOf('metadata/1.snapshot.json'));
  expect(written[0]).toMatch(/^targets\/catalog\/[0-9a-f]{64}\.one\.json$/);
  expect(versions).toEqual({ root: 1, targets: 1, snapshot: 1, timestamp: 1 });
});

it('needs only online keys as long as nothing changes', async () => {
  await place.init();
  await place.add('one');
  await publish();
  const vault = await hideKeys('root', 'targets');
  place.later(3);
  const again = await publish();
  expect(again).toMatchObject({ targetsSigned: false, versions: { targets: 1, snapshot: 2, timestamp: 2 } });
  expect(again.expires.timestamp).toBe('2031-03-11T12:00:00Z');

  await place.add('two');
  const before = await place.metadata();
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_KEY_MISSING' });
  expect(await place.metadata()).toEqual(before);
  expect(await publish({ keyFolder: vault })).toMatchObject({ targetsSigned: true, versions: { targets: 2 } });
});

it('wants the targets signed anew before a reader could find them past their time', async () => {
  await place.init();
  await publish();
  await hideKeys('targets');
  place.later(82);
  await publish();
  place.later(2);
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_KEY_MISSING' });
});

it('counts only as many keys as are here', async () => {
  await place.init({ keys: { targets: { count: 2, threshold: 2 } } });
  await hideKeys('targets');
  const [one = ''] = await readdir(join(place.folder, 'vault'));
  await rename(join(place.folder, 'vault', one), join(place.directory, 'keys', one));
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_KEY_MISSING' });
  expect((await publish({ keyFolder: join(place.folder, 'vault') })).versions.targets).toBe(1);
});

it('renews the root with the same keys', async () => {
  await place.init();
  await publish();
  place.later(300);
  const { versions, expires } = await publish({ renewRoot: true });
  expect(versions).toMatchObject({ root: 2 });
  expect(expires.root).toBe('2032-12-25T12:00:00Z');
  const [first, second] = [await place.signed('1.root.json'), await place.signed('2.root.json')];
  expect(second['roles']).toEqual(first['roles']);
});

it('goes on where a publication was interrupted', async () => {
  await place.init();
  await publish();
  await writeFile(join(place.directory, 'public/metadata/2.snapshot.json'), 'half of');
  // Of a process that is no more: the largest id that Linux gives is 2^22.
  await writeFile(join(place.directory, '.publishing'), String(2 ** 22 + 1));
  expect((await publish()).versions.snapshot).toBe(2);
  expect(await place.signed('2.snapshot.json')).toMatchObject({ version: 2 });
});

it('leaves a registry alone that somebody else is changing', async () => {
  await place.init();
  await writeFile(join(place.directory, '.publishing'), String(process.pid));
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_BUSY' });
  await expect(place.add('one')).rejects.toMatchObject({ code: 'REGISTRY_BUSY' });
});

it('keeps what readers may still be reading, all roots, and nothing older', async () => {
  await place.init();
  for (let version = 1; version <= 14; version++) {
    await place.add('one', `distribution-${version}`);
    await publish();
  }
  await rotateKey(place.directory, 'root', {}, place.context);
  const names = await place.metadata();
  expect(names.filter((name) => name.endsWith('.root.json'))).toEqual(['1.root.json', '2.root.json']);
  expect(names.filter((name) => name.endsWith('.snapshot.json'))).toHaveLength(10);
  expect(await readdir(join(place.directory, 'public/targets/catalog'))).toHaveLength(10);
});

it('says what is not published yet, and what runs out', async () => {
  await place.init();
  await place.add('one');
  const status = async (): ReturnType<typeof registryStatus> => registryStatus(place.directory, {}, place.context);
  const states = async (): Promise<string[]> => (await status()).roles.map(({ state }) => state);
  expect(await states()).toEqual(['good', 'unpublished', 'unpublished', 'unpublished']);
  expect((await status()).staged.added).toEqual(['catalog/one.json', 'registry.json']);
  await publish();
  expect((await status()).staged).toEqual({ added: [], changed: [], removed: [] });
  await place.add('one', 'other');
  await place.add('two');
  await publish();
  await place.add('two', 'third');
  await removeContent(place.directory, 'one');
  expect((await status()).staged).toEqual({ added: [], changed: ['catalog/two.json'], removed: ['catalog/one.json'] });
  place.later(6);
  expect(await states()).toEqual(['good', 'good', 'soon', 'soon']);
  place.later(2);
  expect(await states()).toEqual(['good', 'good', 'expired', 'expired']);
});

it('finds out that there is no registry, or a broken one', async () => {
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_NOT_FOUND' });
  await place.init();
  await writeFile(join(place.directory, 'public/metadata/timestamp.json'), '{}');
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_DAMAGED' });
  const settings = join(place.directory, 'registry.json');
  await writeFile(settings, (await readFile(settings, 'utf8')).replace('365', '"always"'));
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_DAMAGED' });
});

it('publishes no document that was broken by hand', async () => {
  await place.init();
  await place.add('one');
  await publish();
  const before = await place.metadata();
  await writeFile(join(place.directory, 'content/catalog/one.json'), '{"schema": {"major": 1, "minor": 0}}');
  await expect(publish()).rejects.toMatchObject({ code: 'CATALOG_MALFORMED' });
  await place.add('one');
  await writeFile(
    join(place.directory, 'content/catalog/two.json'),
    await readFile(join(place.directory, 'content/catalog/one.json')),
  );
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_CONFLICT' });
  expect(await place.metadata()).toEqual(before);
});

it('does not guess what a broken key file was', async () => {
  await place.init();
  await writeFile(join(place.directory, 'keys/root-x.json'), '{"schema": 1, "role": "root"}');
  await expect(publish()).rejects.toMatchObject({ code: 'REGISTRY_KEY_UNUSABLE' });
});
