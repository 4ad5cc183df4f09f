import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findFile, findFirst, type FindOptions, type FindWish } from '../../src/verify/find-file.ts';
import { never } from '../engine/support.ts';
import { createVerifyRoom, digestsOf, sha256Of, type VerifyRoom } from './support.ts';

const WANTED = 'the wanted file';

/** All that is found, sorted, without the folder in front. */
async function find(
  { engine, folder }: VerifyRoom,
  wish: Partial<FindWish> = {},
  options: Partial<FindOptions> = {},
): Promise<string[]> {
  const found: string[] = [];
  const whole = {
    digests: { sha256: sha256Of(WANTED) },
    size: WANTED.length,
    folders: [join(folder, 'tree')],
    ...wish,
  };
  for await (const { path, size } of findFile(engine, whole, { signal: never(), ...options })) {
    expect(size).toBe(WANTED.length);
    found.push(path.slice(folder.length + 1));
  }
  return found.sort();
}

/** The paths that were read, in order. */
function readPaths({ progress, folder }: VerifyRoom): string[] {
  return [...new Set(progress.map(({ label }) => label.slice(folder.length + 1)))];
}

describe('findFile', () => {
  it('finds a file by its bytes, whatever its name, and reads only those of its size', async () => {
    const room = await createVerifyRoom();
    await room.write('tree/a/b/renamed', WANTED);
    await room.write('tree/copy.iso', WANTED);
    await room.write('tree/a/same-size', WANTED.toUpperCase());
    await room.write('tree/a/other.iso', 'something else');
    await room.write('beside', WANTED);
    expect(await find(room)).toEqual(['tree/a/b/renamed', 'tree/copy.iso']);
    expect(readPaths(room).sort()).toEqual(['tree/a/b/renamed', 'tree/a/same-size', 'tree/copy.iso']);
    expect(room.warnings).toEqual([]);
  });

  it('without a size reads everything, images first', async () => {
    const room = await createVerifyRoom();
    for (const name of ['z.iso', 'a/b.IMG', 'a/letter', 'zzz.iso.txt', 'empty']) {
      await room.write(`tree/${name}`, name === 'empty' ? '' : name);
    }
    await room.write('tree/a/it', WANTED);
    expect(await find(room, { size: undefined }, { parallel: 1 })).toEqual(['tree/a/it']);
    const paths = readPaths(room);
    expect(paths.slice(0, 2).sort()).toEqual(['tree/a/b.IMG', 'tree/z.iso']);
    expect(paths.slice(2).sort()).toEqual(['tree/a/it', 'tree/a/letter', 'tree/zzz.iso.txt']);
  });

  it('wants all digests to agree', async () => {
    const room = await createVerifyRoom();
    await room.write('tree/it', WANTED);
    expect(await find(room, { digests: digestsOf(WANTED) })).toEqual(['tree/it']);
    expect(await find(room, { digests: { ...digestsOf(WANTED), sha1: 'a'.repeat(40) } })).toEqual([]);
    await expect(find(room, { digests: {} })).rejects.toThrow(TypeError);
  });

  it('reads a file once that has several names, in places that overlap', async () => {
    const room = await createVerifyRoom();
    const path = await room.write('tree/a/first', WANTED);
    await link(path, join(room.folder, 'tree/second'));
    await symlink('a/first', join(room.folder, 'tree/third'));
    const folders = ['tree', 'tree/a', 'tree/'].map((name) => join(room.folder, name));
    expect(await find(room, { folders })).toEqual(['tree/a/first', 'tree/second', 'tree/third']);
    expect(readPaths(room)).toHaveLength(1);
    expect(await find(room, { folders: [path] })).toEqual(['tree/a/first']);
  });

  it('survives loops, links that lead nowhere, and files that are none', async () => {
    const room = await createVerifyRoom();
    await room.write('tree/deep/it', WANTED);
    await room.write('outside/it', WANTED);
    const tree = join(room.folder, 'tree');
    await symlink('.', join(tree, 'loop'));
    await symlink('..', join(tree, 'deep/up'));
    await symlink('self', join(tree, 'self'));
    await symlink('/does/not/exist', join(tree, 'nowhere'));
    await symlink('../outside', join(tree, 'away'));
    await symlink('fifo', join(tree, 'to-fifo'));
    execFileSync('mkfifo', [join(tree, 'fifo')]);
    for (const size of [WANTED.length, undefined]) expect(await find(room, { size })).toEqual(['tree/deep/it']);
    expect(room.warnings).toEqual([]);
  });

  it('says so when it is to look in what is neither a file nor a folder', async () => {
    const room = await createVerifyRoom();
    const fifo = join(room.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    expect(await find(room, { folders: [fifo] })).toEqual([]);
    expect(room.warnings).toMatchObject([{ code: 'VERIFY_NOT_SEARCHED' }]);
  });

  it('goes on after what cannot be searched, and says so once', async () => {
    const room = await createVerifyRoom();
    await room.write('tree/z/it', WANTED);
    await room.write('tree/a/closed/it', WANTED);
    await room.write('tree/1/2/3/it', WANTED);
    const places = [join(room.folder, 'none'), join(room.folder, 'tree')];
    const closed = join(room.folder, 'tree/a/closed');
    await chmod(closed, 0);
    const isRoot = process.getuid?.() === 0;
    try {
      const found = await find(room, { folders: places, size: undefined }, { maxDepth: 2 });
      expect(found).toEqual(isRoot ? ['tree/a/closed/it', 'tree/z/it'] : ['tree/z/it']);
    } finally {
      await chmod(closed, 0o700);
    }
    expect(room.warnings.map(({ code }) => code)).toEqual(room.warnings.map(() => 'VERIFY_NOT_SEARCHED'));
    const expected = [...places.slice(0, 1), join(room.folder, 'tree/1/2/3'), ...(isRoot ? [] : [closed])];
    for (const path of expected) expect(room.warnings.filter(({ message }) => message.includes(path))).toHaveLength(1);
    expect(room.warnings).toHaveLength(expected.length);
  });

  it('says that a name which is not text cannot be reached', async () => {
    const room = await createVerifyRoom();
    await mkdir(join(room.folder, 'tree'));
    await writeFile(Buffer.concat([Buffer.from(join(room.folder, 'tree/')), Buffer.from([0xe9])]), WANTED);
    expect(await find(room)).toEqual([]);
    expect(room.warnings).toHaveLength(1);
  });

  it('survives a tree that is removed meanwhile', async () => {
    const room = await createVerifyRoom();
    for (let n = 0; n < 40; n++) await room.write(`tree/${n}/${n}`, WANTED.toUpperCase());
    room.engine.events.once('progress', () => void rm(join(room.folder, 'tree'), { recursive: true }));
    expect(await find(room, {}, { parallel: 1 })).toEqual([]);
    expect(room.warnings).toEqual([]);
  });

  it('stays out of what the kernel makes up', async () => {
    const room = await createVerifyRoom();
    expect(await find(room, { folders: ['/proc/self/fdinfo', '/sys/kernel'], size: undefined })).toEqual([]);
    expect(room.progress).toEqual([]);
  });

  it('ends when asked to', async () => {
    const room = await createVerifyRoom();
    for (let n = 0; n < 10; n++) await room.write(`tree/${n}`, WANTED.toUpperCase());
    const controller = new AbortController();
    room.engine.events.once('progress', () => {
      controller.abort(new Error('enough'));
    });
    await expect(find(room, {}, { signal: controller.signal, parallel: 1 })).rejects.toThrow('enough');
    expect(room.progress).toHaveLength(1);
    await expect(find(room, {}, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });
});

describe('findFirst', () => {
  it('reads no more than it must', async () => {
    const room = await createVerifyRoom();
    for (let n = 0; n < 10; n++) await room.write(`tree/${n}`, WANTED);
    const wish = { digests: digestsOf(WANTED), size: WANTED.length, folders: [join(room.folder, 'tree')] };
    const found = await findFirst(room.engine, wish, { signal: never(), parallel: 1 });
    expect(found?.path).toContain('/tree/');
    expect(room.progress).toHaveLength(1);
    expect(await findFirst(room.engine, { ...wish, size: 3 }, { signal: never() })).toBeUndefined();
  });
});
