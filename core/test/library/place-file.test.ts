import type * as fs from 'node:fs/promises';
import { chmod, copyFile, link, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { fetchImage } from '../../src/download/fetch-image.ts';
import { openLibrary } from '../../src/library/library.ts';
import { placeFile, placesIn, type PlaceJob } from '../../src/library/place-file.ts';
import { codeOf, createRoom, IMPATIENT, type Room } from '../download/support.ts';

// What the file system of the machine can do differs: sharing blocks and hard links are decided here.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, copyFile: vi.fn(real.copyFile), link: vi.fn(real.link) };
});
const real = await vi.importActual<typeof fs>('node:fs/promises');
afterEach(() => {
  vi.mocked(copyFile).mockImplementation(real.copyFile);
  vi.mocked(link).mockImplementation(real.link);
});
const fails = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
/** In place of clones: on a file system that has none, a test would otherwise see only copies. */
const cloning = (from: unknown, to: unknown): Promise<void> => real.copyFile(from as string, to as string);

const signal = new AbortController().signal;

/** A room whose library holds its file, and a job to place it. */
async function stocked(size = 2_500_000): Promise<{ room: Room; job: PlaceJob }> {
  const room = await createRoom(size);
  const { url } = await room.serve();
  const { sha256, destination } = room;
  const image = { id: 'test/1', file: 'test-1.iso', urls: [`${url}/image.iso`], size, sha256 };
  const { path } = await fetchImage(room.engine, image, { signal, patience: IMPATIENT });
  return { room, job: { label: 'test/1', file: path, size, sha256, destination } };
}

describe.each([
  ['with blocks that can be shared', cloning],
  ['elsewhere', fails('ENOTSUP')],
  ['on another file system', fails('EXDEV')],
])('placeFile %s', (_, clones) => {
  it('gives the user a file of his own, and nothing else', async () => {
    vi.mocked(copyFile).mockImplementation(clones);
    const { room, job } = await stocked();
    const destination = join(dirname(room.destination), 'new/folder/image.iso');
    await placeFile(room.engine, { ...job, destination }, signal);
    expect((await readFile(destination)).equals(room.content)).toBe(true);
    expect(await readdir(dirname(destination))).toEqual(['image.iso']);

    await writeFile(destination, 'edited');
    const hashed = room.heard('progress').length;
    expect(await openLibrary(room.engine).find(room.sha256, { signal })).toMatchObject({ path: job.file });
    // Nothing about the library's file has changed, so it was not even read.
    expect(room.heard('progress')).toHaveLength(hashed);
  });

  it('notices that the file in the library is no longer what it was', async () => {
    vi.mocked(copyFile).mockImplementation(clones);
    const { room, job } = await stocked();
    await chmod(job.file, 0o644);
    await writeFile(job.file, Buffer.concat([room.content.subarray(0, -1), Buffer.of(room.content.at(-1)! ^ 1)]));
    expect(await codeOf(placeFile(room.engine, job, signal))).toBe('LIBRARY_FILE_CHANGED');
    expect(await room.list()).toEqual([]);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    vi.mocked(copyFile).mockImplementation(clones);
    const { room, job } = await stocked(5_000_000);
    const controller = new AbortController();
    const reason = new Error('stop');
    room.engine.events.on('progress', () => {
      controller.abort(reason);
    });
    await expect(placeFile(room.engine, job, controller.signal)).rejects.toBe(reason);
    expect(await room.list()).toEqual([]);
  });
});

describe('placeFile', () => {
  it('hides no failure of the system', async () => {
    const { room, job } = await stocked();
    for (const code of ['ENOSPC', 'EIO', 'EACCES', 'EROFS']) {
      vi.mocked(copyFile).mockImplementation(fails(code));
      expect(await codeOf(placeFile(room.engine, job, signal))).toBe(code);
    }
    expect(await room.list()).toEqual([]);
  });

  it('leaves another file alone, until that is asked for, and what looks like a part of it always', async () => {
    const { room, job } = await stocked();
    await writeFile(job.destination, 'mine');
    await writeFile(`${job.destination}.part`, 'mine too');
    expect(await codeOf(placeFile(room.engine, job, signal))).toBe('DOWNLOAD_DESTINATION_EXISTS');
    expect(await readFile(job.destination, 'utf8')).toBe('mine');
    await placeFile(room.engine, { ...job, replace: true }, signal);
    expect((await readFile(job.destination)).equals(room.content)).toBe(true);
    expect(await readFile(`${job.destination}.part`, 'utf8')).toBe('mine too');
    expect(await room.list()).toEqual(['image.iso', 'image.iso.part']);
  });

  it('writes through no link and into no folder, even when asked to replace', async () => {
    const { room, job } = await stocked();
    const precious = join(room.folder, 'precious');
    await writeFile(precious, 'mine');
    await symlink(precious, job.destination);
    expect(await codeOf(placeFile(room.engine, { ...job, replace: true }, signal))).toBe('DOWNLOAD_NOT_A_FILE');
    const destination = join(room.folder, 'folder');
    await mkdir(destination);
    const into = { ...job, destination, replace: true };
    expect(await codeOf(placeFile(room.engine, into, signal))).toBe('DOWNLOAD_NOT_A_FILE');
    expect(await readFile(precious, 'utf8')).toBe('mine');
  });

  it('is content with the same file, without writing', async () => {
    const { room, job } = await stocked();
    vi.mocked(copyFile).mockClear();
    await writeFile(job.destination, room.content);
    await placeFile(room.engine, job, signal);
    await placeFile(room.engine, { ...job, destination: job.file }, signal);
    expect(copyFile).not.toHaveBeenCalled();
    expect((await readFile(job.file)).equals(room.content)).toBe(true);
  });

  it.each([
    ['the same', true, undefined],
    ['something else', false, 'DOWNLOAD_DESTINATION_EXISTS'],
  ])('looks again when %s has come into being meanwhile', async (_, same, code) => {
    const { room, job } = await stocked();
    const other = same ? room.content : Buffer.from('of another');
    vi.mocked(link).mockImplementation(async (from, to) => {
      await writeFile(to, other);
      await real.link(from, to);
    });
    expect(await codeOf(placeFile(room.engine, job, signal))).toBe(code);
    expect((await readFile(job.destination)).equals(other)).toBe(true);
    expect(await room.list()).toEqual(['image.iso']);
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
