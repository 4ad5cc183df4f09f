import type * as fs from 'node:fs/promises';
import { chmod, link, mkdir, open, readdir, readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { renameDurably, renameToFreeName, writeFileDurably, writeFully } from '../../src/engine/durable.ts';
import { temporaryFolder } from './support.ts';

// Whether there are hard links depends on the file system, and all those that tests run on have them.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fs>();
  return { ...real, link: vi.fn(real.link), rename: vi.fn(real.rename) };
});
const real = await vi.importActual<typeof fs>('node:fs/promises');
afterEach(() => {
  vi.mocked(link).mockImplementation(real.link);
});

/** Runs the work as a user without rights where it would run as root, to whom no mode of a folder means anything. */
async function unprivileged(work: () => Promise<unknown>): Promise<void> {
  const root = process.geteuid?.() === 0;
  if (root) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
  }
}

describe('writeFileDurably', () => {
  it.each([
    ['text', 'new', Buffer.from('new')],
    ['bytes', Uint8Array.of(0, 255), Buffer.of(0, 255)],
  ])('replaces a file by %s and leaves nothing else', async (_, content, expected) => {
    const folder = await temporaryFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'something longer');
    await writeFileDurably(path, content, 'a1');
    expect(await readFile(path)).toEqual(expected);
    expect(await readdir(folder)).toEqual(['file']);
  });

  it('keeps the old file and leaves nothing else when the new one cannot have its name', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'file'));
    await expect(writeFileDurably(join(folder, 'file'), 'new', 'a1')).rejects.toMatchObject({ code: 'EISDIR' });
    expect(await readdir(folder)).toEqual(['file']);
  });

  it("neither uses nor removes another one's temporary file", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file.a1.tmp'), 'of another');
    await expect(writeFileDurably(join(folder, 'file'), 'new', 'a1')).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(join(folder, 'file.a1.tmp'), 'utf8')).toBe('of another');
    expect(await readdir(folder)).toEqual(['file.a1.tmp']);
  });
});

describe('renameDurably', () => {
  it('does not fail over a folder that may be written and not read, so not synced', async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o777);
    const sub = join(folder, 'sub');
    await unprivileged(async () => {
      await mkdir(sub);
      await writeFile(join(sub, 'old'), '');
      await chmod(sub, 0o300);
      await renameDurably(join(sub, 'old'), join(sub, 'new'));
    });
    await chmod(sub, 0o700);
    expect(await readdir(sub)).toEqual(['new']);
  });

  it('fails where the rename does', async () => {
    const folder = await temporaryFolder();
    await expect(renameDurably(join(folder, 'none'), join(folder, 'new'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe.each([
  ['with hard links', real.link],
  ['without', () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }))],
])('renameToFreeName on a file system %s', (_, links) => {
  it('renames, but never over something', async () => {
    vi.mocked(link).mockImplementation(links);
    const folder = await temporaryFolder();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await writeFile(from, 'new');
    await renameToFreeName(from, to);
    expect(await readdir(folder)).toEqual(['to']);
    await writeFile(from, 'newer');
    await expect(renameToFreeName(from, to)).rejects.toMatchObject({ code: 'EEXIST' });
    expect(await readFile(to, 'utf8')).toBe('new');
    expect(await readFile(from, 'utf8')).toBe('newer');
  });

  it('leaves nothing when there is nothing to rename', async () => {
    vi.mocked(link).mockImplementation(links);
    const folder = await temporaryFolder();
    await expect(renameToFreeName(join(folder, 'none'), join(folder, 'to'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('renameToFreeName without hard links', () => {
  it('has nothing at the new name at any moment but the file, so that a kill leaves nothing else', async () => {
    const folder = await temporaryFolder();
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    await writeFile(from, 'new');
    vi.mocked(link).mockRejectedValueOnce(Object.assign(new Error('no links here'), { code: 'EPERM' }));
    vi.mocked(rename).mockImplementationOnce(async (...names) => {
      expect(await readdir(folder)).toEqual(['from']);
      await real.rename(...names);
    });
    await renameToFreeName(from, to);
    expect(await readFile(to, 'utf8')).toBe('new');
  });
});

describe('writeFully', () => {
  it('goes on after short writes, each byte in its place', async () => {
    const path = join(await temporaryFolder(), 'file');
    const file = await open(path, 'w');
    // A real disk writes short only when it is full, hence one that takes three bytes at a time.
    const slow = {
      write: (bytes: Uint8Array, offset: number, length: number, position: number) =>
        file.write(bytes, offset, Math.min(3, length), position),
    } as unknown as FileHandle;
    await writeFully(slow, Buffer.from('0123456789'), 2);
    await file.close();
    expect(await readFile(path, 'latin1')).toBe('\0\x000123456789');
  });
});
