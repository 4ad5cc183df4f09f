import { rm, utimes } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { lockPart } from '../../src/download/part/part-lock.ts';
import { thisProcess, type ProcessIdentity } from '../../src/engine/process-identity.ts';
import { planCollection } from '../../src/library/collect-plan.ts';
import { collectGarbage, libraryContents } from '../../src/library/collect.ts';
import type { LibraryFile } from '../../src/library/library.ts';
import { whileReading } from '../../src/library/readers.ts';
import { removeFromLibrary } from '../../src/library/remove.ts';
import { createStore, sha256Of, someBytes, type Store } from './support.ts';

const signal = new AbortController().signal;
const LIBRARY = 'home/data/library';
const DAY = 24 * 3600 * 1000;

const collect = async (store: Store) => {
  const catalog = { distributions: [], sources: [] };
  const plan = planCollection(await libraryContents(store.engine), catalog, { unknown: true }, new Date());
  return collectGarbage(store.engine, plan, { signal });
};

const read = <T>(store: Store, { sha256 }: Pick<LibraryFile, 'sha256'>, work: () => Promise<T>): Promise<T> =>
  whileReading(store.engine, [sha256], { signal }, work);

describe('a file of the library that is being read', () => {
  it('stays, as long as anybody reads it, and no other one does', async () => {
    const store = await createStore();
    const wanted = await store.stock(someBytes(), { file: 'a.iso' });
    await store.stock(someBytes(), { file: 'b.iso' });
    await read(store, wanted, async () => {
      await read(store, wanted, () => Promise.resolve());
      expect(await removeFromLibrary(store.engine, wanted)).toBe(false);
      const { removed, busy } = await collect(store);
      expect(busy.map(({ item }) => item.path)).toEqual([wanted.path]);
      expect(removed).toHaveLength(1);
      expect(await store.library.find(wanted.sha256, { signal })).toMatchObject(wanted);
    });
    expect(await removeFromLibrary(store.engine, wanted)).toBe(true);
    expect(await store.list(`${LIBRARY}/readers`)).toEqual([]);
  });

  it('stays when it comes while its reader waits for it', async () => {
    const store = await createStore();
    const content = someBytes();
    await read(store, { sha256: sha256Of(content) }, async () => {
      expect(await removeFromLibrary(store.engine, await store.stock(content))).toBe(false);
    });
  });

  it('is gone before its reader looks for it, when somebody was about to remove it', async () => {
    const store = await createStore();
    const file = await store.stock(someBytes());
    // Has asked already who is reading it.
    const lock = await lockPart(`${file.path}.part.lock`, file.path, store.engine.context);
    const order: string[] = [];
    const reading = read(store, file, async () => {
      order.push((await store.library.find(file.sha256, { signal })) === undefined ? 'not found' : 'found');
    });
    while ((await store.list(`${LIBRARY}/readers`)).length === 0) await new Promise(setImmediate);
    order.push('removed');
    await rm(file.path);
    await lock.release();
    await reading;
    expect(order).toEqual(['removed', 'not found']);
  });

  it('may be removed when the reader has failed', async () => {
    const store = await createStore();
    const file = await store.stock(someBytes());
    const problem = new Error('no');
    await expect(read(store, file, () => Promise.reject(problem))).rejects.toBe(problem);
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
  });
});

describe('a note of a reader', () => {
  const note = async (store: Store, change: Partial<ProcessIdentity>, { sha256 }: LibraryFile): Promise<void> => {
    const reader = { ...(await thisProcess()), ...change };
    await store.write(`${LIBRARY}/readers/0.json`, JSON.stringify({ schema: 1, reader, digests: [sha256] }));
  };

  it('says nothing when the reader has ended, and is removed', async () => {
    const store = await createStore();
    const file = await store.stock(someBytes());
    await note(store, { started: '1' }, file);
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
    expect(await store.list(`${LIBRARY}/readers`)).toEqual([]);
  });

  it.each([{ host: 'another.example' }, { namespace: 'pid:[1]' }])('of %j is believed for a day', async (change) => {
    let now = new Date();
    const store = await createStore({ now: () => now });
    const file = await store.stock(someBytes());
    await note(store, change, file);
    expect(await removeFromLibrary(store.engine, file)).toBe(false);
    now = new Date(now.getTime() + 2 * DAY);
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
    expect(await store.list(`${LIBRARY}/readers`)).toEqual([]);
  });

  it('that cannot be read holds nothing, and is removed a day later', async () => {
    let now = new Date();
    const store = await createStore({ now: () => now });
    const file = await store.stock(someBytes());
    await store.write(`${LIBRARY}/readers/0.json`, '{');
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
    expect(await store.list(`${LIBRARY}/readers`)).toEqual(['0.json']);
    now = new Date(now.getTime() + 2 * DAY);
    await collect(store);
    expect(await store.list(`${LIBRARY}/readers`)).toEqual([]);
  });
});

it('keeps what is on its way in, however old the file is that it is a name of', async () => {
  const now = new Date(Date.now() + 3600 * 1000);
  const store = await createStore({ now: () => now });
  const incoming = await store.write(`${LIBRARY}/incoming/abc`, 'a file');
  await utimes(incoming, 1, 1);
  await collect(store);
  expect(await store.list(`${LIBRARY}/incoming`)).toEqual(['abc']);
});
