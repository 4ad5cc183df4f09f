import { mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fetchImage, type FetchableImage } from '../../src/download/fetch-image.ts';
import { openLibrary } from '../../src/library/library.ts';
import { createRoom, IMPATIENT, type Room } from '../download/support.ts';

const signal = new AbortController().signal;
const options = { signal, patience: IMPATIENT };

const imageOf = (room: Room, url: string): FetchableImage => ({
  id: 'test/1/live/amd64',
  file: 'test-1.iso',
  urls: [`${url}/image.iso`],
  size: room.content.length,
  sha256: room.sha256,
});

describe('the library', () => {
  it('holds what was downloaded, so that the second time needs no server', async () => {
    const room = await createRoom(100_000);
    const server = await room.serve();
    const image = imageOf(room, server.url);
    const first = await fetchImage(room.engine, image, options);
    expect(first).toMatchObject({ fromLibrary: false, size: 100_000, sha256: room.sha256 });
    expect((await readFile(first.path)).equals(room.content)).toBe(true);
    await server.close();
    const hashed = room.heard('progress').filter((each) => (each as { step: string }).step === 'hash').length;
    const second = await fetchImage(room.engine, image, options);
    expect(second).toEqual({ ...first, fromLibrary: true, origins: [] });
    expect(room.heard('progress').filter((each) => (each as { step: string }).step === 'hash')).toHaveLength(hashed);
  });

  it('finds a file again whose record is lost or does not fit', async () => {
    const room = await createRoom(100_000);
    const server = await room.serve();
    const { path } = await fetchImage(room.engine, imageOf(room, server.url), options);
    await utimes(path, 1, 1);
    const library = openLibrary(room.engine);
    expect(await library.find(room.sha256, { signal })).toMatchObject({ path });
    for (const record of ['', '{', '{"schema":1}']) {
      await writeFile(join(library.folder, `${room.sha256}.json`), record);
      expect(await library.find(room.sha256, { signal })).toMatchObject({ path });
    }
    expect(room.heard('warning')).toEqual([]);
  });

  it.each([
    ['longer', (content: Buffer) => Buffer.concat([content, Buffer.of(0)])],
    ['cut short', (content: Buffer) => content.subarray(0, 50_000)],
    [
      'different in one byte',
      (content: Buffer) => Buffer.concat([content.subarray(0, -1), Buffer.of(content.at(-1)! ^ 1)]),
    ],
  ])('notices a file that is %s, although its time was set back', async (_, change) => {
    const room = await createRoom(100_000);
    const server = await room.serve();
    const image = imageOf(room, server.url);
    const { path } = await fetchImage(room.engine, image, options);
    const { atime, mtime } = await stat(path);
    await writeFile(path, change(room.content));
    await utimes(path, atime, mtime);
    expect(await openLibrary(room.engine).find(room.sha256, { signal })).toBeUndefined();
    expect(room.heard('warning')).toMatchObject([{ code: 'LIBRARY_FILE_CHANGED' }]);

    expect(await fetchImage(room.engine, image, options)).toMatchObject({ path, fromLibrary: false });
    expect((await readFile(path)).equals(room.content)).toBe(true);
  });

  it('does not take a part for a file', async () => {
    const room = await createRoom(1_000);
    const library = openLibrary(room.engine);
    const part = `${library.pathFor(room.sha256, 'a.iso')}.part`;
    await mkdir(dirname(part), { recursive: true });
    await writeFile(part, room.content);
    expect(await library.find(room.sha256, { signal })).toBeUndefined();
  });

  it.each(['../../x.iso', '/etc/passwd', '.hidden', '-rf', 'a/b', 'x.part', 'x.part.lock', '', 'a\nb', 'a\u202eb'])(
    'lets the name %j reach no path',
    async (file) => {
      const room = await createRoom(1);
      const library = openLibrary(room.engine);
      const path = library.pathFor(room.sha256, file);
      expect(dirname(path)).toBe(join(library.folder, room.sha256));
      expect(basename(path)).toBe('image.iso');
      expect(() => library.pathFor('../x', file)).toThrow(TypeError);
    },
  );
});
