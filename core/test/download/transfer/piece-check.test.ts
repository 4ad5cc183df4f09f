/** What is known of the pieces of a metalink's list when what holds them changes. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import { partPaths } from '../../../src/download/part/part-paths.ts';
import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { MIXED } from '../../../src/download/part/resume-codec.ts';
import { ResumeFile } from '../../../src/download/part/resume-file.ts';
import { PieceCheck } from '../../../src/download/transfer/piece-check.ts';
import { PieceRepair } from '../../../src/download/transfer/piece-repair.ts';
import type { PieceDigests } from '../../../src/verify/piece-digests.ts';
import { codeOf, createRoom, download, type Room } from '../support.ts';
import { createScene, type Scene } from './scene.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;
const QUARTER = MIB / 4;

function listOf(bytes: Buffer, length: number): PieceDigests {
  const digests = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    createHash('sha1')
      .update(bytes.subarray(index * length, (index + 1) * length))
      .digest('hex'),
  );
  return { algorithm: 'sha1', length, digests };
}

/** The right bytes, but for one in each of these places. */
function wrongAt(right: Buffer, ...places: readonly number[]): Buffer {
  const bytes = Buffer.from(right);
  for (const at of places) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

function checkOf({ room, state }: Scene, length: number): PieceCheck {
  return new PieceCheck(listOf(room.content, length), state.part, state.map, state.signal);
}

describe('a piece of the map that is dropped because of one piece of the list', () => {
  it('takes along what was known of the others that lie in it', async () => {
    const scene = await createScene(2 * MIB, [() => ({})]);
    const { state, room, put } = scene;
    await put(0, 0, wrongAt(room.content, QUARTER));
    await put(1, 0, wrongAt(room.content, MIB));
    const check = checkOf(scene, QUARTER);
    await check.settle();
    expect(check.wrong).toEqual([1, 4]);
    expect(check.frontier).toBe(QUARTER);

    state.map.drop(0);
    check.forget(1);
    expect(check.frontier).toBe(0);
    await put(0, 0, wrongAt(room.content, 2 * QUARTER));
    // Nobody has compared the new bytes yet.
    check.accept(1);
    expect(check.frontier).toBe(0);
    check.touch({ start: 0, end: MIB });
    await check.settle();
    expect(check.wrong).toEqual([2, 4]);
    expect(check.frontier).toBe(2 * QUARTER);
    await check.close();
  });

  it('takes along a larger one that it holds a part of', async () => {
    const scene = await createScene(4 * MIB, [() => ({})]);
    const { state, room, put } = scene;
    const length = MIB + QUARTER;
    for (let piece = 0; piece < 4; piece++) await put(piece, 0, wrongAt(room.content, 2 * length));
    const check = checkOf(scene, length);
    await check.settle();
    expect(check.wrong).toEqual([2]);
    expect(check.frontier).toBe(2 * length);
    for (const piece of check.heldBy(2)) state.map.drop(piece);
    check.forget(2);
    expect(check.frontier).toBe(length);
    await check.close();
  });
});

describe('a piece of the list that came only in part from somebody else', () => {
  it('makes him the sender of those pieces of the map alone that came as a whole', async () => {
    const scene = await createScene(4 * MIB, [() => ({ cut: MIB + QUARTER })]);
    const { state, room, put } = scene;
    for (let piece = 0; piece < 4; piece++) await put(piece, MIXED, wrongAt(room.content, 2 * MIB + 5));
    const check = checkOf(scene, 3 * MIB);
    await check.settle();
    const watch = { onConvicted: () => undefined, onDoubt: () => undefined };
    await new PieceRepair(state, check, watch).run();
    expect([0, 1, 2, 3].map((piece) => state.map.originOf(piece))).toEqual([0, MIXED, MIXED, MIXED]);
    await check.close();
  });
});

/** What an earlier run left: the first mebibyte, in the pieces of this map. */
async function leaveFirst(room: Room, map: PieceMap, url: string): Promise<void> {
  const { part, resume } = partPaths(room.destination);
  const held = room.content.subarray(0, MIB);
  await writeFile(part, held);
  map.accept(0, held.length, 0, crc32(held));
  map.wrote(0, held.length);
  const { size, pieceSize } = map;
  const origins = [{ url, etag: undefined, lastModified: undefined }];
  const digests = { sha256: room.sha256 };
  const state = { size, pieceSize, digests, urls: [url], clean: true, origins, pieces: map.table() };
  await (await ResumeFile.create(resume, state)).close();
}

describe('what was hashed while the list vouched for it', () => {
  it('is hashed again when it was fetched again, in one piece of the map with what was wrong', async () => {
    const length = 6 * MIB;
    const room = await createRoom(4 * length);
    // Pieces of the map are as large as those of a file of many gigabytes: one has the end of the first piece of the list
    // in it, and the beginning of the second one, which is wrong.
    const map = new PieceMap(room.content.length, 4 * MIB);
    const before = wrongAt(room.content, length + 5);
    const after = wrongAt(room.content, length - 5);
    let isRepaired = false;
    const one = scripted(room, 'one', ({ start, end = 0 }) => {
      const isPiece = start % length === 0 && end - start === length;
      if (isPiece && start === length) {
        isRepaired = true;
        return { cut: 0 };
      }
      return { bytes: isRepaired ? after : before };
    });
    const dead = scripted(room, 'dead', () => ({ cut: 0 }));
    await leaveFirst(room, map, `${one.url}/image.iso`);
    const { digests, ...list } = listOf(room.content, length);
    const pieces = { ...list, digests: digests.map((digest, index) => (index < 2 ? digest : '0'.repeat(40))) };
    expect(await codeOf(download(room, [one, dead], { pieces }))).toBe('DOWNLOAD_CHECKSUM');
    expect(isRepaired).toBe(true);
  });
});
