/** The digests that a metalink gives for the pieces of its file. */
import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { FileServer } from '../../../../test/src/servers/index.ts';
import type { DownloadJob, DownloadResult } from '../../../src/download/job.ts';
import type { PieceDigests } from '../../../src/verify/piece-digests.ts';
import { codeOf, createRoom, download, expectDone, IMPATIENT, leavePart, sentBy, type Room } from '../support.ts';

const MIB = 1024 * 1024;
const SIZE = 8 * MIB + 4321;
const PIECE = 256 * 1024;
const RATE = 6 * MIB;
/** Samples, and what was on its way when a connection was no longer needed. */
const SLACK = 3 * MIB;

const nameOf = ({ url }: FileServer): string => `${url}/image.iso`;
const blamed = (room: Room): Set<string> => new Set(room.heard('failover').map(({ mirror }) => mirror));

/** Nothing here is slow: only bytes tell the mirrors apart. */
function fetch(room: Room, mirrors: readonly FileServer[], job: Partial<DownloadJob> = {}): Promise<DownloadResult> {
  return download(room, mirrors, job, { patience: { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 } });
}

/** The list for some bytes, with wrong entries. */
function listOf(bytes: Buffer, wrong: readonly number[] = [], length = PIECE): PieceDigests {
  const digests = Array.from({ length: Math.ceil(bytes.length / length) }, (_, index) =>
    wrong.includes(index) ? '0'.repeat(40) : sha1Of(bytes.subarray(index * length, (index + 1) * length)),
  );
  return { algorithm: 'sha1', length, digests };
}

function sha1Of(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Bytes that were sent of these pieces of the list, and of nothing else. */
function smallRequests({ requests }: FileServer): number {
  return requests.filter(({ range }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
    return Number(last) - Number(first) + 1 === PIECE && Number(first) % PIECE === 0;
  }).length;
}

describe('a piece that is not what the list says', () => {
  it.each([
    ['smaller than those of the map', PIECE],
    ['as large', MIB],
    ['larger', 3 * MIB],
  ])('is fetched again alone, and its sender is named: %s', async (_, length) => {
    for (const isFirst of [true, false]) {
      const room = await createRoom(SIZE);
      const bad = await room.serve({ fault: { kind: 'wrong-bytes', at: 100 }, rate: RATE });
      const good = await room.serve({ rate: RATE });
      await fetch(room, isFirst ? [bad, good] : [good, bad], { pieces: listOf(room.content, [], length) });
      await expectDone(room);
      // The wrong byte may have come from the good one in the first place.
      for (const name of blamed(room)) expect(name).toBe(nameOf(bad));
      expect(sentBy(bad, good)).toBeLessThan(SIZE + length + SLACK);
      await room.close();
    }
  });

  it('is fetched again from the only mirror, which may have had a bad moment', async () => {
    const room = await createRoom(SIZE);
    const only = await room.serve({ fault: { kind: 'wrong-bytes', at: 100 }, faultyRequests: 1 });
    await fetch(room, [only], { pieces: listOf(room.content) });
    await expectDone(room);
    expect(sentBy(only)).toBeLessThan(SIZE + 2 * PIECE);
  });

  it('proves that a stale mirror is stale, before it has sent much', async () => {
    const room = await createRoom(SIZE);
    const stale = await room.serve({ content: Buffer.alloc(SIZE, 'old'), rate: RATE });
    const good = await room.serve({ rate: RATE });
    await fetch(room, [stale, good], { pieces: listOf(room.content) });
    await expectDone(room);
    expect(blamed(room)).toContain(nameOf(stale));
    expect(sentBy(stale, good)).toBeLessThan(2 * SIZE);
  });

  it('is found in what an earlier run left', async () => {
    const room = await createRoom(SIZE);
    const bytes = Buffer.from(room.content);
    bytes.writeUInt8(bytes.readUInt8(MIB + 5) ^ 1, MIB + 5);
    const good = await room.serve();
    await leavePart(room, [[0, 3 * MIB]], { bytes, url: nameOf(good) });
    await fetch(room, [good], { pieces: listOf(room.content) });
    await expectDone(room);
    expect(sentBy(good)).toBeLessThan(SIZE - 3 * MIB + 2 * MIB);
  });
});

describe('a list that is wrong in one entry', () => {
  it('gives way to the digest of the whole, and costs that piece once from each mirror', async () => {
    const room = await createRoom(SIZE);
    const mirrors = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    await fetch(room, mirrors, { pieces: listOf(room.content, [5]) });
    await expectDone(room);
    expect(room.heard('failover')).toEqual([]);
    expect(room.heard('warning')).toMatchObject([{ code: 'DOWNLOAD_PIECES_DOUBTED' }]);
    for (const mirror of mirrors) expect(smallRequests(mirror)).toBe(1);
    expect(sentBy(...mirrors)).toBeLessThan(SIZE + SLACK);
  });

  it('fails when there is no digest of the whole, and keeps the rest', async () => {
    const room = await createRoom(SIZE);
    const mirrors = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    const job = { digests: {}, pieces: listOf(room.content, [5]) };
    expect(await codeOf(fetch(room, mirrors, job))).toBe('DOWNLOAD_PIECE_CHECKSUM');
    for (const mirror of mirrors) expect(smallRequests(mirror)).toBe(1);
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
    const before = sentBy(...mirrors);
    await fetch(room, mirrors, { digests: {}, pieces: listOf(room.content) });
    await expectDone(room);
    expect(sentBy(...mirrors)).toBeLessThan(SIZE + SLACK);
    expect(before).toBeLessThan(SIZE + SLACK);
  });

  it('fails when the whole is wrong as well, without fetching it again', async () => {
    const room = await createRoom(SIZE);
    const mirrors = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    const job = { digests: { sha256: '0'.repeat(64) }, pieces: listOf(room.content, [5]) };
    expect(await codeOf(fetch(room, mirrors, job))).toBe('DOWNLOAD_CHECKSUM');
    expect(await room.list()).toEqual([]);
    expect(sentBy(...mirrors)).toBeLessThan(SIZE + SLACK);
  });
});

describe('a list that is wrong altogether', () => {
  it('has no say after a few of its entries', async () => {
    const room = await createRoom(SIZE);
    const mirrors = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    await fetch(room, mirrors, { pieces: listOf(Buffer.alloc(SIZE)) });
    await expectDone(room);
    expect(room.heard('failover')).toEqual([]);
    expect(sentBy(...mirrors)).toBeLessThan(SIZE + SLACK);
  });
});
