import { mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fetchImage } from '../../src/download/fetch-image.ts';
import { findLocally, searchFolders, type LocalWish } from '../../src/library/find-locally.ts';
import { createStore, sha256Of, someBytes, spoilt, type Store } from './support.ts';

const signal = new AbortController().signal;
const CONTENT = someBytes();
const wish: LocalWish = {
  label: 'test/1/live/amd64',
  size: CONTENT.length,
  sha256: sha256Of(CONTENT),
  file: 'test-1.iso',
};

const searching = (search: readonly string[] = ['~/isos'], link?: string): Promise<Store> =>
  createStore({ settings: { library: { search, ...(link === undefined ? {} : { link }) } } });
const find = (store: Store, wanted: LocalWish = wish) => findLocally(store.engine, wanted, { signal });

describe('findLocally', () => {
  it('finds a file by its content, however it is called and however deep it lies', async () => {
    const store = await searching();
    await store.write('isos/another.iso', spoilt(CONTENT));
    await store.write('isos/test-1.iso', 'not this one');
    const path = await store.write('isos/a/b/c/My old disk (2).bin', CONTENT);
    const found = await find(store);
    expect(found).toMatchObject({ path: store.library.pathFor(wish.sha256, 'test-1.iso'), size: CONTENT.length });
    expect(store.heard('found')).toEqual([{ label: wish.label, path }]);
    expect(await store.library.find(wish.sha256, { signal })).toEqual(found);
    expect((await readFile(found?.path ?? '')).equals(CONTENT)).toBe(true);
    // The user's file is as it was.
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
    expect((await stat(path)).mode & 0o777).toBe(0o644);
    expect(await store.list('home/data/library/incoming')).toEqual([]);
  });

  it('reads nothing that has another size', async () => {
    const store = await searching();
    await store.write('isos/larger.iso', Buffer.concat([CONTENT, Buffer.of(1)]));
    await store.write('isos/smaller.iso', CONTENT.subarray(1));
    expect(await find(store)).toBeUndefined();
    expect(store.read()).toEqual([]);
  });

  it('reads only files of the right name when the size is not known', async () => {
    const store = await searching();
    await store.write('isos/other.iso', CONTENT);
    const { size: _, ...sizeless } = wish;
    expect(await find(store, sizeless)).toBeUndefined();
    expect(store.read()).toEqual([]);
    await store.write('isos/deep/test-1.iso', CONTENT);
    expect(await find(store, sizeless)).toBeDefined();
  });

  it.each(['auto', 'hard', 'copy'])('with link %j gives the library a file that outlives the user’s', async (way) => {
    const store = await searching(['~/isos'], way);
    const path = await store.write('isos/x.iso', CONTENT);
    const found = await find(store);
    const sameFile = (await stat(path)).ino === (await stat(found?.path ?? '')).ino;
    if (way !== 'auto') expect(sameFile).toBe(way === 'hard');
    await rm(path);
    expect(await store.library.find(wish.sha256, { signal })).toEqual(found);
  });

  it('remembers what it has read, until the file changes', async () => {
    const store = await searching();
    const path = await store.write('isos/x.iso', spoilt(CONTENT));
    await find(store);
    expect(store.read()).toHaveLength(1);
    await find(store);
    expect(store.read()).toHaveLength(1);
    await writeFile(path, spoilt(CONTENT, 5));
    await find(store);
    expect(store.read()).toHaveLength(2);
    await rename(path, `${path}.other`);
    await writeFile(path, CONTENT);
    expect(await find(store)).toBeDefined();
  });

  it('remembers what several searches at the same time have read', async () => {
    const store = await searching();
    const sizes = [50_000, 60_000, 70_000];
    for (const size of sizes) await store.write(`isos/${size}.iso`, someBytes(size));
    const all = (): Promise<unknown> => Promise.all(sizes.map((size) => find(store, { ...wish, size })));
    await all();
    await find(store);
    await all();
    expect(store.read()).toHaveLength(3);
  });

  it.each(['', '{', '{"schema":2}', '{"schema":1,"path":"/x","stamp":"1","sha256":"../.."}'])(
    'does without a memory like %j',
    async (memory) => {
      const store = await searching();
      const path = await store.write('isos/x.iso', CONTENT);
      await store.write(`home/cache/digests/${sha256Of(Buffer.from(path))}.json`, memory);
      expect(await find(store)).toBeDefined();
    },
  );

  it('is not fooled by a memory that lies, when the bytes go by', async () => {
    const store = await searching(['~/isos'], 'copy');
    const path = await store.write('isos/x.iso', spoilt(CONTENT));
    await find(store);
    const memory = join(store.folder, `home/cache/digests/${sha256Of(Buffer.from(path))}.json`);
    const lie = (await readFile(memory, 'utf8')).replace(sha256Of(spoilt(CONTENT)), wish.sha256);
    expect(lie).toContain(wish.sha256);
    await writeFile(memory, lie);
    expect(await find(store)).toBeUndefined();
    expect((await stat(path)).size).toBe(CONTENT.length);
    expect(await store.list('home/data/library/incoming')).toEqual([]);
  });

  it('does without a memory where none can be written', async () => {
    const store = await searching();
    await store.write('home/cache/digests', 'a file, so no folder');
    await store.write('isos/x.iso', spoilt(CONTENT));
    await store.write('isos/y.iso', CONTENT);
    expect(await find(store)).toBeDefined();
  });

  it('finds what a link leads to, and takes that', async () => {
    const store = await searching();
    const path = await store.write('elsewhere/x.iso', CONTENT);
    await mkdir(join(store.folder, 'isos'));
    await symlink(path, join(store.folder, 'isos/x.iso'));
    await symlink(join(store.folder, 'isos'), join(store.folder, 'isos/circle'));
    const found = await find(store);
    expect((await stat(found?.path ?? '')).isFile()).toBe(true);
    expect(store.heard('found')).toEqual([{ label: wish.label, path }]);
  });

  it('goes on without folders that are not there, and says which it may not read', async () => {
    const store = await searching(['/nowhere/at/all', '~/a-file/below', '~/isos']);
    await store.write('a-file', 'x');
    await store.write('isos/x.iso', CONTENT);
    expect(await find(store)).toBeDefined();
    expect(store.heard('warning')).toMatchObject([{ code: 'VERIFY_NOT_SEARCHED' }]);
  });

  it('takes nothing out of the library itself', async () => {
    const store = await searching(['~']);
    await store.write(`home/data/library/set-aside/${wish.sha256}/x.iso`, CONTENT);
    expect(await find(store)).toBeUndefined();
  });

  it('is over at once when nothing is configured or all is stopped', async () => {
    expect(await find(await searching([]))).toBeUndefined();
    const store = await searching();
    await store.write('isos/x.iso', CONTENT);
    const reason = new Error('stop');
    await expect(findLocally(store.engine, wish, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await store.library.find(wish.sha256, { signal })).toBeUndefined();
  });

  it('replaces what is wrong in the library', async () => {
    const store = await searching();
    await store.write('isos/x.iso', CONTENT);
    const path = await store.write(`home/data/library/${wish.sha256}/test-1.iso`, spoilt(CONTENT));
    expect(await find(store)).toMatchObject({ path });
    expect((await readFile(path)).equals(CONTENT)).toBe(true);
    expect(store.heard('warning')).toEqual([]);
  });

  it('saves a download', async () => {
    const store = await searching();
    await store.write('isos/x.iso', CONTENT);
    const { label: id, ...rest } = wish;
    // There is no transport: an attempt to download would fail.
    const image = { ...rest, id, urls: ['https://example.org/test-1.iso'] };
    expect(await fetchImage(store.engine, image, { signal })).toMatchObject({ fromLibrary: true, origins: [] });
    expect(await fetchImage(store.engine, image, { signal })).toMatchObject({ fromLibrary: true });
    expect(store.heard('found')).toHaveLength(1);
  });
});

describe('searchFolders', () => {
  it('knows home, absolute paths and those beside the settings', async () => {
    const store = await searching(['~', '~/isos', '/mnt/isos', 'near', '~other']);
    const config = store.engine.context.paths.config;
    expect(searchFolders(store.engine)).toEqual([
      join(store.folder),
      join(store.folder, 'isos'),
      '/mnt/isos',
      join(config, 'near'),
      join(config, '~other'),
    ]);
  });
});
