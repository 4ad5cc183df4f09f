import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { codeOf, createRoom, download, leavePart } from './support.ts';

const MIB = 1024 * 1024;

describe('the space that a download needs', () => {
  it('is checked before anything is asked of a server', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    const size = 2 ** 52;
    const error: unknown = await download(room, [server], { size }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_SPACE', category: 'space' });
    // 4096 TiB and a tenth.
    expect((error as Error).message).toContain('4506 TiB');
    expect(server.requests).toEqual([]);
    expect(await room.list()).toEqual([]);
  });

  it.each([
    [1.1 * MIB, 0, undefined],
    [1.1 * MIB - 1, 0, 'DOWNLOAD_SPACE'],
    [0.55 * MIB, MIB / 2, undefined],
    [0.55 * MIB - 1, MIB / 2, 'DOWNLOAD_SPACE'],
  ])(
    'has a margin of a tenth, and what is there does not count: %s bytes free, %s there',
    async (free, there, code) => {
      const room = await createRoom(MIB);
      if (there > 0) await leavePart(room, [[0, there]]);
      const freeSpace = async (folder: string): Promise<number> => {
        expect(folder).toBe(dirname(room.destination));
        return Math.ceil(free);
      };
      expect(await codeOf(download(room, [await room.serve()], {}, { freeSpace }))).toBe(code);
    },
  );

  it('is asked of the first server when the catalog does not say the size', async () => {
    const room = await createRoom(MIB);
    const server = await room.serve({ rate: MIB });
    const freeSpace = async (): Promise<number> => 1000;
    const work = download(room, [server, server], { size: undefined }, { freeSpace });
    expect(await codeOf(work)).toBe('DOWNLOAD_SPACE');
    expect(server.requests).toHaveLength(1);
    expect(await room.list()).toEqual([]);
  });
});

describe('what the system refuses', () => {
  it('stays as it is and is no mirror’s fault', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    await writeFile(join(room.folder, 'file'), '');
    const destination = join(room.folder, 'file', 'image.iso');
    expect(await codeOf(download(room, [server], { destination }))).toBe('ENOTDIR');
    expect(server.requests).toEqual([]);
  });

  it('also when it is a permission', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    await chmod(dirname(room.destination), 0o555);
    // Permissions mean nothing to root, so root becomes somebody else for a moment.
    const root = process.geteuid?.() === 0;
    if (root) process.seteuid?.(65534);
    try {
      expect(await codeOf(download(room, [server]))).toBe('EACCES');
    } finally {
      if (root) process.seteuid?.(0);
    }
    await chmod(dirname(room.destination), 0o755);
    expect(server.requests).toEqual([]);
  });
});

describe('what stands at the destination', () => {
  it('is kept when it is the file already', async () => {
    const room = await createRoom(MIB);
    await writeFile(room.destination, room.content);
    expect(await download(room, [])).toMatchObject({ resumed: MIB, origins: [] });
  });

  it('is not replaced when it is something else, unless asked for', async () => {
    const room = await createRoom(MIB);
    const server = await room.serve();
    await writeFile(room.destination, 'mine');
    expect(await codeOf(download(room, [server]))).toBe('DOWNLOAD_DESTINATION_EXISTS');
    expect(await readFile(room.destination, 'utf8')).toBe('mine');
    await download(room, [server], { replace: true });
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
  });

  it('is not written through when it is a link or a folder', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    await writeFile(join(room.folder, 'precious'), 'mine');
    await symlink(join(room.folder, 'precious'), room.destination);
    expect(await codeOf(download(room, [server], { replace: true }))).toBe('DOWNLOAD_NOT_A_FILE');
    const destination = join(room.folder, 'sub');
    await mkdir(destination);
    expect(await codeOf(download(room, [server], { destination, replace: true }))).toBe('DOWNLOAD_NOT_A_FILE');
    await symlink(join(room.folder, 'precious'), join(room.folder, 'other.part'));
    expect(await codeOf(download(room, [server], { destination: join(room.folder, 'other') }))).toBe(
      'DOWNLOAD_NOT_A_FILE',
    );
    expect(await readFile(join(room.folder, 'precious'), 'utf8')).toBe('mine');
  });
});
