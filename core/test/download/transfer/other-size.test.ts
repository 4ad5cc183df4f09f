/** Mirrors that say different sizes of a file of which only the digest is known. */
import { rm } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import { codeOf, createRoom, download, expectDone, IMPATIENT, sha256Of } from '../support.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 6 * MIB + 99;
const PATIENCE = { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 };

async function createScene() {
  const room = await createRoom(SIZE);
  const state = { isBroken: true };
  const breaking = scripted(room, 'odd', ({ start, end }) => {
    const cut = start === 0 ? 3 * MIB : 0;
    return state.isBroken && end !== 1 ? { cut } : {};
  });
  const bytes = Buffer.concat([room.content, Buffer.alloc(1000, 'old')]);
  const other = scripted(room, 'odder', () => ({ bytes }));
  const fetch = (sha256: string) =>
    download(room, [breaking, other], { size: undefined, digests: { sha256 } }, { patience: PATIENCE });
  return { room, state, breaking, other, bytes, fetch };
}

describe('when the first mirror breaks off for good, and the next one has another size', () => {
  it('what is here stays, although the other file turns out to be the wrong one', async () => {
    const { room, state, breaking, fetch } = await createScene();
    expect(await codeOf(fetch(room.sha256))).toBe('DOWNLOAD_ALL_MIRRORS_FAILED');
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
    state.isBroken = false;
    const before = breaking.asked.length;
    expect(await fetch(room.sha256)).toMatchObject({ resumed: 3 * MIB });
    await expectDone(room);
    const taken = breaking.asked.slice(before).reduce((sum, asked) => sum + asked.taken, 0);
    expect(taken).toBeLessThan(SIZE - 2 * MIB);
  });

  it('the other file is taken when it is the right one', async () => {
    const { room, bytes, fetch } = await createScene();
    expect(await fetch(sha256Of(bytes))).toMatchObject({ resumed: 0, size: bytes.length });
    await expectDone(room, bytes);
  });
});

describe('when sizes are named that are not that of the file', () => {
  const unsized = (room: Awaited<ReturnType<typeof createRoom>>) =>
    room.serve({ fault: [{ kind: 'ignore-range' }, { kind: 'close-delimited' }] });

  it.each([
    ['larger', Buffer.alloc(1000, 'old')],
    ['smaller', undefined],
  ])('and are %s, a mirror that names none is asked for the whole', async (_, more) => {
    const room = await createRoom(SIZE);
    const content = more === undefined ? room.content.subarray(0, SIZE - MIB) : Buffer.concat([room.content, more]);
    const stale = await room.serve({ content });
    const good = await unsized(room);
    const job = { size: undefined };
    for (const order of [
      [stale, good],
      [good, stale],
    ]) {
      expect((await download(room, order, { ...job, replace: true }, { patience: PATIENCE })).verified).toBe(true);
      await expectDone(room);
      await rm(room.destination);
    }
  });

  it('and would fill every disk, another one is tried', async () => {
    const room = await createRoom(SIZE);
    const liar = scripted(room, 'odd', () => ({ total: 2 ** 40 }));
    const good = await room.serve();
    expect((await download(room, [liar, good], { size: undefined }, { patience: PATIENCE })).verified).toBe(true);
    await expectDone(room);
  });
});
