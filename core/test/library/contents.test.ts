/** Listing, choosing, checking and removing what is in the library. */
import { renameSync } from 'node:fs';
import { chmod, link, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { lockPart } from '../../src/download/part/part-lock.ts';
import { chooseFiles } from '../../src/library/choose.ts';
import { planCollection, type Collectable } from '../../src/library/collect-plan.ts';
import { collectGarbage, libraryContents } from '../../src/library/collect.ts';
import { listLibrary } from '../../src/library/list.ts';
import type { LibraryPart } from '../../src/library/parts.ts';
import { removeFromLibrary } from '../../src/library/remove.ts';
import { verifyLibrary } from '../../src/library/verify-library.ts';
import { createStore, sha256Of, someBytes, spoilt, type Store } from './support.ts';

const signal = new AbortController().signal;
const DAY = 24 * 3600 * 1000;
const LIBRARY = 'home/data/library';
/** What follows `<file>.part` in the names of all that may belong to one unfinished download. */
const UNFINISHED = [
  ...['', '.resume', '.resume.new', '.other', '.other.resume', '.other.resume.new'],
  ...['.lock', '.lock.0123456789ab'],
];

describe('listLibrary', () => {
  it('lists each file with what is known of it, and reads none', async () => {
    let now = new Date('2026-03-01T10:00:00Z');
    const store = await createStore({ now: () => now });
    const b = await store.stock(someBytes(), { file: 'b.iso', image: 'test/1/live/x86_64' });
    const a = await store.stock(someBytes(5000), { file: 'a.iso' });
    now = new Date('2026-03-05T10:00:00Z');
    await store.library.find(b.sha256, { signal });
    const { files, setAside } = await listLibrary(store.engine);
    expect(setAside).toEqual([]);
    expect(files).toMatchObject([
      { ...a, file: 'a.iso', image: undefined, addedAt: '2026-03-01T10:00:00.000Z', recorded: true },
      { ...b, file: 'b.iso', image: 'test/1/live/x86_64', usedAt: '2026-03-05T10:00:00.000Z', recorded: true },
    ]);
    expect(files[1]?.frees).toBeGreaterThanOrEqual(100_000);
    expect(store.read()).toEqual([]);
  });

  it('counts nothing as freed that has another name', async () => {
    const store = await createStore();
    const { path } = await store.stock(someBytes());
    await link(path, join(store.folder, 'mine.iso'));
    expect((await listLibrary(store.engine)).files).toMatchObject([{ frees: 0, recorded: false }]);
  });

  it('takes nothing else for a file, and no record that is not one', async () => {
    const store = await createStore();
    const sha256 = sha256Of(Buffer.from('x'));
    expect(await listLibrary(store.engine)).toEqual({ files: [], setAside: [] });
    const beside = UNFINISHED.map((kind) => `x.iso.part${kind}`);
    for (const name of [...beside, '.hidden', 'with blank.iso']) {
      await store.write(`${LIBRARY}/${sha256}/${name}`, 'x');
    }
    await store.write(`${LIBRARY}/README/x.iso`, 'x');
    expect((await listLibrary(store.engine)).files).toEqual([]);
    await store.write(`${LIBRARY}/${sha256}/x.iso`, 'x');
    await store.write(`${LIBRARY}/${sha256}.json`, '{"schema":1,"file":"../../../etc/passwd"}');
    expect((await listLibrary(store.engine)).files).toMatchObject([{ file: 'x.iso', addedAt: undefined }]);
  });
});

describe('chooseFiles', () => {
  const files = [
    { file: 'a.iso', sha256: `abcd1${'0'.repeat(59)}` },
    { file: 'b.iso', sha256: `abcd2${'0'.repeat(59)}` },
    { file: 'abcd', sha256: `ffff1${'0'.repeat(59)}` },
    { file: 'a.iso', sha256: `eeee1${'0'.repeat(59)}` },
  ];
  const [a, b, named, other] = files;

  it.each([
    [['a.iso'], [a, other]],
    [['ABCD1'], [a]],
    [['abcd2', 'b.iso'], [b]],
    [['abcd'], [named]],
    [
      [`eeee1${'0'.repeat(59)}`, 'ffff'],
      [other, named],
    ],
  ])('knows what %j means', (words, meant) => {
    expect(chooseFiles(files, words)).toEqual(meant);
  });

  it.each([
    [['abc'], 'LIBRARY_NOT_FOUND'],
    [['A.iso'], 'LIBRARY_NOT_FOUND'],
    [['eeee2'], 'LIBRARY_NOT_FOUND'],
    [['../a.iso'], 'LIBRARY_NOT_FOUND'],
    [[''], 'LIBRARY_NOT_FOUND'],
  ])('refuses %j', (words, code) => {
    expect(() => chooseFiles(files, words)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses the beginning of two digests', () => {
    const two = files.slice(0, 2);
    expect(() => chooseFiles(two, ['abcd'])).toThrow(expect.objectContaining({ code: 'LIBRARY_AMBIGUOUS' }));
  });
});

describe('verifyLibrary', () => {
  const verify = async (store: Store) =>
    verifyLibrary(store.engine, (await listLibrary(store.engine)).files, { signal });

  it('finds everything right, and reads all of it', async () => {
    const store = await createStore();
    const files = [
      await store.stock(someBytes(), { file: 'a.iso' }),
      await store.stock(someBytes(), { file: 'b.iso' }),
    ];
    expect((await verify(store)).map(({ state }) => state)).toEqual(['right', 'right']);
    expect(store.read().sort()).toEqual(files.map(({ path }) => path).sort());
  });

  it('leaves alone what is being downloaded', async () => {
    const store = await createStore();
    const path = store.library.pathFor(sha256Of(Buffer.from('x')), 'x.iso');
    const running = UNFINISHED.map((kind) => `x.iso.part${kind}`).sort();
    await mkdir(dirname(path), { recursive: true });
    for (const name of running) await writeFile(join(dirname(path), name), 'not yet');
    expect(await verify(store)).toEqual([]);
    expect(await store.list(`${LIBRARY}/${basename(dirname(path))}`)).toEqual(running);
  });

  it('sets a changed file aside, whatever its times say, and goes on', async () => {
    const store = await createStore();
    const content = someBytes();
    const bad = await store.stock(content, { file: 'a.iso' });
    const good = await store.stock(someBytes(), { file: 'b.iso' });
    const { atime, mtime } = await stat(bad.path);
    await writeFile(bad.path, spoilt(content));
    await utimes(bad.path, atime, mtime);
    const [first, second] = await verify(store);
    expect(second).toMatchObject({ state: 'right', entry: { path: good.path } });
    expect(first).toMatchObject({ state: 'changed' });
    expect((await readFile(first?.movedTo ?? '')).equals(spoilt(content))).toBe(true);
    expect(store.heard('warning')).toMatchObject([{ code: 'LIBRARY_FILE_CHANGED' }]);
    expect(await store.library.find(bad.sha256, { signal })).toBeUndefined();
    const { files, setAside } = await listLibrary(store.engine);
    expect(files.map(({ file }) => file)).toEqual(['b.iso']);
    expect(setAside).toMatchObject([{ path: first?.movedTo, sha256: bad.sha256 }]);
  });

  it('notices rot that leaves no trace in times and sizes', async () => {
    const store = await createStore();
    const content = someBytes();
    const { path, sha256 } = await store.stock(content);
    await writeFile(path, spoilt(content));
    // As if the disk had done it: the record fits what the file looks like now.
    await store.library.adopt(sha256, basename(path));
    expect(await store.library.find(sha256, { signal })).toBeDefined();
    expect(await verify(store)).toMatchObject([{ state: 'changed' }]);
  });

  it('leaves a file alone that has just taken the place of the changed one', async () => {
    const store = await createStore();
    const content = someBytes();
    const { path, sha256 } = await store.stock(content);
    await writeFile(path, spoilt(content));
    const good = await store.write('good.iso', content);
    store.engine.events.on('warning', () => {
      renameSync(good, path);
    });
    expect(await verify(store)).toMatchObject([{ state: 'changed', movedTo: undefined }]);
    expect(await store.library.find(sha256, { signal })).toMatchObject({ path });
  });

  it('says what it could not read, and leaves that alone', async () => {
    const store = await createStore();
    const { path } = await store.stock(someBytes());
    const { files } = await listLibrary(store.engine);
    const gone = files.map((entry) => ({ ...entry, path: `${path}.gone` }));
    expect(await verifyLibrary(store.engine, gone, { signal })).toMatchObject([
      { state: 'unread', problem: { code: 'ENOENT' } },
    ]);
    expect(store.heard('warning')).toEqual([]);
  });

  it('saves the next use a hash when the record was lost', async () => {
    const store = await createStore();
    const { sha256 } = await store.stock(someBytes());
    await writeFile(store.library.recordFor(sha256), '');
    await verify(store);
    const reads = store.read().length;
    await store.library.find(sha256, { signal });
    expect(store.read()).toHaveLength(reads);
  });

  it('stops when it is told to', async () => {
    const store = await createStore();
    const { path } = await store.stock(someBytes());
    const reason = new Error('stop');
    const { files } = await listLibrary(store.engine);
    await expect(verifyLibrary(store.engine, files, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect((await stat(path)).isFile()).toBe(true);
  });
});

describe('removeFromLibrary', () => {
  it('removes the file and its record, and no other name of it', async () => {
    const store = await createStore();
    const content = someBytes();
    const file = await store.stock(content);
    const mine = join(store.folder, 'mine.iso');
    await link(file.path, mine);
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
    expect(await store.library.find(file.sha256, { signal })).toBeUndefined();
    expect(await store.list(LIBRARY)).toEqual([file.sha256]);
    expect(await store.list(`${LIBRARY}/${file.sha256}`)).toEqual([]);
    expect((await readFile(mine)).equals(content)).toBe(true);
  });

  it('leaves alone what is being downloaded anew', async () => {
    const store = await createStore();
    const file = await store.stock(someBytes());
    const lock = await lockPart(`${file.path}.part.lock`, file.path, store.engine.context);
    expect(await removeFromLibrary(store.engine, file)).toBe(false);
    expect(await store.library.find(file.sha256, { signal })).toBeDefined();
    await lock.release();
    expect(await removeFromLibrary(store.engine, file)).toBe(true);
  });
});

describe('collectGarbage', () => {
  const catalog = { distributions: [], sources: [] };
  const leftover = async (store: Store, name: string, kinds = ['', '.resume', '.lock']): Promise<string> => {
    const path = store.library.pathFor(sha256Of(Buffer.from(name)), `${name}.iso`);
    await mkdir(dirname(path), { recursive: true });
    const dead = JSON.stringify({ pid: 1, host: 'here', boot: 'before', started: '1' });
    for (const kind of kinds) await writeFile(`${path}.part${kind}`, kind === '.lock' ? dead : someBytes());
    return path;
  };
  const asAbandoned = (parts: readonly LibraryPart[]): Collectable[] =>
    parts.map((item) => ({ kind: 'part', reason: 'abandoned', item }));
  const collect = async (store: Store) => {
    const plan = planCollection(await libraryContents(store.engine), catalog, { unknown: true }, new Date());
    return collectGarbage(store.engine, plan, { signal });
  };

  it('removes parts with all that stands beside them, but none that a process holds', async () => {
    const store = await createStore();
    const dead = await leftover(store, 'dead', ['', '.resume']);
    const held = await leftover(store, 'held', ['', '.resume']);
    const lock = await lockPart(`${held}.part.lock`, held, store.engine.context);
    const outcome = await collect(store);
    expect(outcome.removed.map(({ item }) => item.path)).toEqual([dead]);
    expect(outcome.busy.map(({ item }) => item.path)).toEqual([held]);
    const folderOf = (path: string): string => `${LIBRARY}/${basename(dirname(path))}`;
    expect(await store.list(folderOf(dead))).toEqual([]);
    expect(await store.list(folderOf(held))).toEqual(
      ['held.iso.part', 'held.iso.part.lock', 'held.iso.part.resume'].sort(),
    );
    await lock.release();
    expect((await collect(store)).removed).toHaveLength(1);
  });

  it('removes all that may belong to an unfinished download, and nothing of another one', async () => {
    const store = await createStore();
    const path = await leftover(store, 'dead', UNFINISHED);
    await store.write(`${LIBRARY}/${basename(dirname(path))}/dead.iso.parts`, 'a name like any other');
    const { files, parts } = await libraryContents(store.engine);
    expect(files.map(({ file }) => file)).toEqual(['dead.iso.parts']);
    expect(parts.map(({ file, paths }) => [file, paths.length])).toEqual([['dead.iso', UNFINISHED.length - 2]]);
    for (const part of parts) expect(part.frees).toBeGreaterThanOrEqual(100_000 * (UNFINISHED.length - 2));
    await rm(`${path}.part.lock`);
    expect((await collectGarbage(store.engine, asAbandoned(parts), { signal })).removed).toHaveLength(1);
    expect(await store.list(`${LIBRARY}/${basename(dirname(path))}`)).toEqual(['dead.iso.parts']);
  });

  it('removes a lock whose owner is gone', async () => {
    const store = await createStore();
    const { hostname } = await import('node:os');
    const path = await leftover(store, 'dead', ['']);
    const owner = { pid: 1, host: hostname(), boot: 'before', started: '1' };
    await writeFile(`${path}.part.lock`, JSON.stringify(owner));
    expect((await collect(store)).removed).toHaveLength(1);
    expect(await store.list(`${LIBRARY}/${basename(dirname(path))}`)).toEqual([]);
  });

  it('sweeps old empty folders and what never arrived, and leaves new ones', async () => {
    let now = new Date();
    const store = await createStore({ now: () => now });
    const { sha256, path } = await store.stock(someBytes());
    await removeFromLibrary(store.engine, { path, sha256, size: 0 });
    await store.write(`${LIBRARY}/incoming/abc`, 'half a file');
    await collectGarbage(store.engine, [], { signal });
    expect(await store.list(LIBRARY)).toEqual([sha256, 'incoming'].sort());
    expect(await store.list(`${LIBRARY}/incoming`)).toEqual(['abc']);
    now = new Date(now.getTime() + 2 * DAY);
    const kept = await store.stock(someBytes(), { file: 'kept.iso' });
    await collectGarbage(store.engine, [], { signal });
    expect(await store.list(LIBRARY)).toEqual([kept.sha256, `${kept.sha256}.json`, 'incoming'].sort());
    expect(await store.list(`${LIBRARY}/incoming`)).toEqual([]);
  });

  it('does nothing in a library that does not exist', async () => {
    const store = await createStore();
    expect(await collect(store)).toEqual({ removed: [], busy: [] });
  });
});

describe('a library that cannot be written to', () => {
  it('is used all the same', async () => {
    const store = await createStore();
    const { path, sha256 } = await store.stock(someBytes());
    await utimes(path, 1, 1);
    await chmod(store.folder, 0o755);
    await chmod(store.library.folder, 0o555);
    await asOrdinaryUser(async () => {
      await expect(writeFile(join(store.library.folder, 'x'), '')).rejects.toMatchObject({ code: 'EACCES' });
      expect(await store.library.find(sha256, { signal })).toMatchObject({ path });
    });
    await chmod(store.library.folder, 0o755);
  });
});

/** Root may write everywhere, so it is somebody else for this long. */
async function asOrdinaryUser(work: () => Promise<void>): Promise<void> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.('nobody');
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
