/** What is beside a finished file when a process was killed at the very end. */
import { link, rm, writeFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { lockPart, type PartLock } from '../../src/download/part/part-lock.ts';
import { partPaths } from '../../src/download/part/part-paths.ts';
import { createRoom, download, expectDone, leavePart, sha256Of, type Room } from './support.ts';

/** As it is between the two steps of giving a file its name without replacing another one. */
async function killedWhileNaming(room: Room): Promise<void> {
  await leavePart(room, [[0, room.content.length]]);
  await link(partPaths(room.destination).part, room.destination);
}

function lock(room: Room): Promise<PartLock> {
  return lockPart(partPaths(room.destination).lock, room.destination, room.engine.context);
}

describe('a finished file', () => {
  it('loses its second name and its record', async () => {
    const room = await createRoom();
    await killedWhileNaming(room);
    expect(await room.list()).toEqual(['image.iso', 'image.iso.part', 'image.iso.part.resume']);
    expect(await download(room, [])).toMatchObject({ resumed: room.content.length, verified: true });
    await expectDone(room);
  });

  it('loses what is left of them', async () => {
    const room = await createRoom();
    await killedWhileNaming(room);
    await rm(partPaths(room.destination).part);
    await download(room, []);
    expect(await room.list()).toEqual(['image.iso']);
  });

  it('keeps them while somebody may be about to remove them', async () => {
    const room = await createRoom();
    await killedWhileNaming(room);
    const held = await lock(room);
    await download(room, []);
    expect(await room.list()).toContain('image.iso.part');
    await held.release();
  });

  it('loses them when who was waited for has left them', async () => {
    const room = await createRoom();
    const held = await lock(room);
    const waiting = download(room, []);
    while (room.heard('waiting').length === 0) await new Promise(setImmediate);
    await killedWhileNaming(room);
    await held.release();
    await waiting;
    expect(await room.list()).toEqual(['image.iso']);
  });

  it('keeps what is of another file that is to take its place, and what nobody here has made', async () => {
    const room = await createRoom();
    await writeFile(room.destination, room.content);
    const { part, resume } = partPaths(room.destination);
    await leavePart(room, [[0, 1024 * 1024]], { digests: { sha256: sha256Of(Buffer.from('another')) } });
    await download(room, []);
    expect(await room.list()).toEqual(['image.iso', 'image.iso.part', 'image.iso.part.resume']);
    await rm(resume);
    await writeFile(part, "a browser's");
    await download(room, []);
    expect(await room.list()).toEqual(['image.iso', 'image.iso.part']);
  });
});
