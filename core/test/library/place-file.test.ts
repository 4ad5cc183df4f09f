import type * as fs from 'node:fs/promises';
import {
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { placeFile, placesIn, type PlaceJob } from '../../src/library/place-file.ts';
import { keepRecord } from '../../src/library/second-name.ts';
import { look } from '../../src/library/stamp.ts';
import { codeOf, createStore, someBytes, spoilt, type Store, type StoreOptions } from './support.ts';

// What the file system of the machine can do differs: sharing blocks and hard links are decided here.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, copyFile: vi.fn(real.copyFile), link: vi.fn(real.link) };
});
const real = await vi.importActual<typeof fs>('node:fs/promises');
afterEach(() => {
  vi.mocked(copyFile).mockReset().mockImplementation(real.copyFile);
  vi.mocked(link).mockReset().mockImplementation(real.link);
});
const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
/** In place of clones: on a file system that has none, a test would otherwise see only copies. */
const cloning = (from: unknown, to: unknown): Promise<void> => real.copyFile(from as string, to as string);
const neither = (): void => {
  vi.mocked(copyFile).mockImplementation(fails('EXDEV'));
  vi.mocked(link).mockImplementationOnce(fails('EXDEV'));
};

const signal = new AbortController().signal;

/** A store with a file, and a job to place it. */
async function stocked(
  size = 2_500_000,
  options: StoreOptions = {},
): Promise<{ store: Store; job: PlaceJob; content: Buffer }> {
  const store = await createStore(options);
  const content = someBytes(size);
  const { path, sha256 } = await store.stock(content, { image: 'test/1' });
  const destination = join(store.folder, 'target/image.iso');
  await mkdir(dirname(destination));
  return { store, content, job: { label: 'test/1', file: path, size, sha256, destination } };
}

const ways = [
  ['shared blocks', 'reflink', () => vi.mocked(copyFile).mockImplementation(cloning)],
  ['a second name', 'hard', () => vi.mocked(copyFile).mockImplementation(fails('ENOTSUP'))],
  ['a copy, on another file system', 'copy', neither],
] as const;

describe.each(ways)('placeFile with %s', (_, by, prepare) => {
  it('puts the file there and nothing else, and the library reads nothing again', async () => {
    const { store, job, content } = await stocked();
    const destination = join(store.folder, 'new/folder/image.iso');
    prepare();
    expect(await placeFile(store.engine, { ...job, destination }, signal)).toBe(by);
    expect((await readFile(destination)).equals(content)).toBe(true);
    expect(await readdir(dirname(destination))).toEqual(['image.iso']);

    const reads = store.read();
    expect(await store.library.find(job.sha256, { signal })).toMatchObject({ path: job.file });
    expect(store.read()).toEqual(reads);
    // And once more: it is there.
    expect(await placeFile(store.engine, { ...job, destination }, signal)).toBe('present');
  });

  it('takes the place of another file when asked to', async () => {
    const { store, job, content } = await stocked();
    await writeFile(job.destination, 'mine');
    prepare();
    expect(await placeFile(store.engine, { ...job, replace: true }, signal)).toBe(by);
    expect((await readFile(job.destination)).equals(content)).toBe(true);
    expect(await store.list('target')).toEqual(['image.iso']);
    const reads = store.read();
    expect(await store.library.find(job.sha256, { signal })).toMatchObject({ path: job.file });
    expect(store.read()).toEqual(reads);
  });

  it('notices that the file in the library is no longer what it was', async () => {
    const { store, job, content } = await stocked();
    const { atime, mtime } = await stat(job.file);
    await writeFile(job.file, spoilt(content));
    await utimes(job.file, atime, mtime);
    prepare();
    expect(await codeOf(placeFile(store.engine, job, signal))).toBe('LIBRARY_FILE_CHANGED');
    expect(await store.list('target')).toEqual([]);
    // What was wrong does not become right by having been linked.
    expect(await store.library.find(job.sha256, { signal })).toBeUndefined();
  });

  it('refuses when it is stopped already', async () => {
    const { store, job } = await stocked();
    prepare();
    const reason = new Error('stop');
    await expect(placeFile(store.engine, job, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await store.list('target')).toEqual([]);
  });
});

describe('placeFile', () => {
  it.each([
    ['auto', 'hard'],
    ['reflink', 'copy'],
    ['hard', 'hard'],
    ['copy', 'copy'],
  ] as const)('with the setting %j uses a %s where blocks cannot be shared', async (way, by) => {
    const { store, job } = await stocked(10_000, { settings: { library: { link: way } } });
    vi.mocked(copyFile).mockImplementation(fails('ENOTSUP'));
    expect(await placeFile(store.engine, job, signal)).toBe(by);
    expect(await placeFile(store.engine, { ...job, link: 'copy', destination: `${job.destination}2` }, signal)).toBe(
      'copy',
    );
  });

  it.each(['hard', 'copy'] as const)('never clones with %s', async (way) => {
    const { store, job } = await stocked(10_000);
    vi.mocked(copyFile).mockClear();
    expect(await placeFile(store.engine, { ...job, link: way }, signal)).toBe(way);
    expect(copyFile).not.toHaveBeenCalled();
  });

  it.each(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS'])(
    'copies where a second name fails with %s',
    async (code) => {
      const { store, job, content } = await stocked(10_000);
      vi.mocked(link).mockImplementationOnce(fails(code));
      expect(await placeFile(store.engine, { ...job, link: 'hard' }, signal)).toBe('copy');
      await writeFile(job.destination, 'edited');
      expect((await readFile(job.file)).equals(content)).toBe(true);
    },
  );

  it('forbids to write to a file with a second name, and notices who does it all the same', async () => {
    const { store, job, content } = await stocked();
    await placeFile(store.engine, { ...job, link: 'hard' }, signal);
    const { mode, atime, mtime, ino } = await stat(job.destination);
    expect(mode & 0o777).toBe(0o444);
    expect((await stat(job.file)).ino).toBe(ino);

    await chmod(job.destination, 0o644);
    await writeFile(job.destination, spoilt(content));
    await utimes(job.destination, atime, mtime);
    expect(await store.library.find(job.sha256, { signal })).toBeUndefined();
    expect(store.heard('warning')).toMatchObject([{ code: 'LIBRARY_FILE_CHANGED' }]);
  });

  it('leaves the mode of a file alone that has a name of the user’s already', async () => {
    const { store, job } = await stocked(10_000);
    await real.link(job.file, join(store.folder, 'mine.iso'));
    await placeFile(store.engine, { ...job, link: 'hard' }, signal);
    expect((await stat(job.destination)).mode & 0o777).toBe(0o644);
  });

  it('refuses a file that is changed while it gets its second name', async () => {
    const { store, job, content } = await stocked();
    vi.mocked(link).mockImplementationOnce(async (from, to) => {
      await real.link(from, to);
      await writeFile(from, spoilt(content));
    });
    expect(await codeOf(placeFile(store.engine, { ...job, link: 'hard' }, signal))).toBe('LIBRARY_FILE_CHANGED');
    expect(await store.list('target')).toEqual([]);
    expect(await store.library.find(job.sha256, { signal })).toBeUndefined();
  });

  it('lets no record follow a file whose content may have changed', async () => {
    const { store, job, content } = await stocked();
    const before = await look(job.file);
    await writeFile(job.file, spoilt(content));
    await keepRecord(store.engine, job, before);
    expect(await store.library.find(job.sha256, { signal })).toBeUndefined();
  });

  it('keeps the file of the library when its second name is removed', async () => {
    const { store, job, content } = await stocked();
    await placeFile(store.engine, { ...job, link: 'hard' }, signal);
    await rm(job.destination);
    const { path } = (await store.library.find(job.sha256, { signal })) ?? { path: '' };
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('reads no file that stands in both places, however often it is asked for', async () => {
    const { store, job } = await stocked();
    for (const name of ['a', 'b', 'a', 'b']) {
      await placeFile(store.engine, { ...job, link: 'hard', destination: `${job.destination}.${name}` }, signal);
      await store.library.find(job.sha256, { signal });
    }
    expect(store.read()).toEqual([]);
  });

  it('hides no failure of the system', async () => {
    const { store, job } = await stocked();
    for (const code of ['ENOSPC', 'EIO', 'EACCES', 'EROFS']) {
      vi.mocked(copyFile).mockImplementation(fails(code));
      expect(await codeOf(placeFile(store.engine, job, signal))).toBe(code);
    }
    expect(await store.list('target')).toEqual([]);
  });

  it('stops in the middle of a copy when it is told to, and leaves nothing', async () => {
    const { store, job } = await stocked(5_000_000);
    const controller = new AbortController();
    const reason = new Error('stop');
    store.engine.events.on('progress', () => {
      controller.abort(reason);
    });
    await expect(placeFile(store.engine, { ...job, link: 'copy' }, controller.signal)).rejects.toBe(reason);
    expect(await store.list('target')).toEqual([]);
  });

  it('leaves another file alone, until that is asked for, and what looks like a part of it always', async () => {
    const { store, job, content } = await stocked();
    await writeFile(job.destination, 'mine');
    await writeFile(`${job.destination}.part`, 'mine too');
    expect(await codeOf(placeFile(store.engine, job, signal))).toBe('DOWNLOAD_DESTINATION_EXISTS');
    expect(await readFile(job.destination, 'utf8')).toBe('mine');
    await placeFile(store.engine, { ...job, replace: true }, signal);
    expect((await readFile(job.destination)).equals(content)).toBe(true);
    expect(await readFile(`${job.destination}.part`, 'utf8')).toBe('mine too');
    expect(await store.list('target')).toEqual(['image.iso', 'image.iso.part']);
  });

  it('writes through no link and into no folder, even when asked to replace', async () => {
    const { store, job } = await stocked();
    const precious = await store.write('precious', 'mine');
    await symlink(precious, job.destination);
    expect(await codeOf(placeFile(store.engine, { ...job, replace: true }, signal))).toBe('DOWNLOAD_NOT_A_FILE');
    const destination = join(store.folder, 'folder');
    await mkdir(destination);
    const into = { ...job, destination, replace: true };
    expect(await codeOf(placeFile(store.engine, into, signal))).toBe('DOWNLOAD_NOT_A_FILE');
    expect(await readFile(precious, 'utf8')).toBe('mine');
  });

  it('is content with the same file, without writing', async () => {
    const { store, job, content } = await stocked();
    vi.mocked(copyFile).mockClear();
    await writeFile(job.destination, content);
    expect(await placeFile(store.engine, job, signal)).toBe('present');
    expect(await placeFile(store.engine, { ...job, destination: job.file }, signal)).toBe('present');
    expect(copyFile).not.toHaveBeenCalled();
    expect((await readFile(job.file)).equals(content)).toBe(true);
  });

  it.each([
    ['the same', true, undefined],
    ['something else', false, 'DOWNLOAD_DESTINATION_EXISTS'],
  ])('looks again when %s has come into being meanwhile', async (_, same, code) => {
    const { store, job, content } = await stocked();
    const other = same ? content : Buffer.from('of another');
    // The name that a finished copy gets.
    vi.mocked(link).mockImplementation(async (from, to) => {
      await writeFile(to, other);
      await real.link(from, to);
    });
    expect(await codeOf(placeFile(store.engine, { ...job, link: 'copy' }, signal))).toBe(code);
    expect((await readFile(job.destination)).equals(other)).toBe(true);
    expect(await store.list('target')).toEqual(['image.iso']);
  });
});

describe('placesIn', () => {
  const image = (label: string, name: string, sha256 = label) => ({ label, name, sha256 });

  it('says where each image goes', () => {
    expect(placesIn('/iso', [image('a', 'a.iso'), image('b', 'b.iso'), image('a', 'a.iso')])).toEqual([
      '/iso/a.iso',
      '/iso/b.iso',
      '/iso/a.iso',
    ]);
  });

  it.each(['same.iso', 'SAME.iso'])('refuses two images for one place: same.iso and %s', (name) => {
    expect(() => placesIn('/iso', [image('a', 'same.iso'), image('b', name)])).toThrow(
      expect.objectContaining({ code: 'DOWNLOAD_DESTINATION_SHARED' }),
    );
  });

  it.each(['../../x.iso', '/etc/passwd', '.hidden', ''])('lets the name %j lead nowhere else', (name) => {
    const [place = ''] = placesIn('/iso', [image('a', name)]);
    expect([dirname(place), basename(place)]).toEqual(['/iso', 'image.iso']);
  });
});
