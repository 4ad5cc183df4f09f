/** What is learned of mirrors whose bytes are not those of the file. */
import { describe, expect, it } from 'vitest';

import type { MirrorMemory } from '../../src/mirror/memory.ts';
import { codeOf, createRoom, download, IMPATIENT, leavePart, type Room } from './support.ts';
import { scripted, type Asked, type Said, type Scripted } from './transfer/scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 8 * MIB;
const NOWHERE = { sha256: 'f'.repeat(64) };

function memory() {
  const outcomes: Record<string, string> = {};
  const mirrorMemory: MirrorMemory = {
    recall: () => undefined,
    learn: (mirror, { outcome }) => (outcomes[mirror] = outcome),
    list: () => [],
    forget: () => 0,
  };
  return { outcomes, mirrorMemory };
}

function wrongAt(room: Room, at: number): Buffer {
  const bytes = Buffer.from(room.content);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return bytes;
}

/** Mirrors whose schemes and hosts are `one`, `two` and so on. */
function mirrorsOf(room: Room, ...answers: readonly ((asked: Asked) => Said)[]): Scripted[] {
  return answers.map((answer, index) => scripted(room, ['one', 'two', 'three'][index] ?? 'more', answer));
}

const hostOf = (name: string): string => `${name}://mirror.example`;
const patience = { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 };

describe('a file that does not have its digest', () => {
  it('is the fault of the one who sent all of it', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(room, () => ({ bytes: wrongAt(room, 5 * MIB) }));
    expect(await codeOf(download(room, mirrors, {}, { mirrorMemory, patience }))).toBe('DOWNLOAD_CHECKSUM');
    expect(outcomes).toEqual({ [hostOf('one')]: 'corrupt' });
  });

  it('is the fault of the one who sent all of it, without saying how long it is', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const server = await room.serve({ content: wrongAt(room, 5 * MIB), fault: { kind: 'no-length' } });
    const work = download(room, [server], { size: undefined }, { mirrorMemory, patience });
    expect(await codeOf(work)).toBe('DOWNLOAD_CHECKSUM');
    expect(outcomes).toEqual({ [server.url]: 'corrupt' });
  });

  it('says nothing of several who sent it', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(
      room,
      () => ({}),
      () => ({}),
    );
    const work = download(room, mirrors, { digests: NOWHERE }, { mirrorMemory, patience });
    expect(await codeOf(work)).toBe('DOWNLOAD_CHECKSUM');
    expect(outcomes).toEqual({});
  });
});

describe('a file that only one of several has', () => {
  it('teaches who sent wrong bytes, and nothing against those who did not', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const [first, last] = [wrongAt(room, 10), wrongAt(room, SIZE - 10)];
    // Wrong in every piece of the map in which it can have a share.
    for (let at = 0; at < SIZE; at += MIB) {
      first.writeUInt8(first.readUInt8(at + 20) ^ 1, at + 20);
      last.writeUInt8(last.readUInt8(at + 30) ^ 1, at + 30);
    }
    const mirrors = mirrorsOf(
      room,
      () => ({ bytes: first }),
      () => ({ bytes: last }),
      () => ({}),
    );
    expect(await codeOf(download(room, mirrors, {}, { mirrorMemory, patience }))).toBeUndefined();
    for (const name of ['one', 'two']) expect(outcomes[hostOf(name)] ?? 'corrupt').toBe('corrupt');
    expect(Object.values(outcomes)).toContain('corrupt');
    expect(outcomes[hostOf('three')]).toBe('success');
  });

  it('teaches nothing against a mirror whose share was right', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    // What an earlier run left is wrong, and nobody's of those who are asked.
    await leavePart(room, [[0, 3 * MIB]], { bytes: wrongAt(room, MIB + 5) });
    const mirrors = mirrorsOf(
      room,
      () => ({}),
      () => ({}),
    );
    expect(await codeOf(download(room, mirrors, {}, { mirrorMemory, patience }))).toBeUndefined();
    expect(Object.values(outcomes)).not.toContain('corrupt');
  });
});

describe('a mirror that redirects', () => {
  const elsewhere = 'http://elsewhere.example';

  it('is not learned to be what it led to', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(room, () => ({ bytes: wrongAt(room, MIB), address: `${elsewhere}/image.iso` }));
    expect(await codeOf(download(room, mirrors, {}, { mirrorMemory, patience }))).toBe('DOWNLOAD_CHECKSUM');
    expect(outcomes).toEqual({ [elsewhere]: 'corrupt' });
  });

  it('has done well when it led to somebody who did', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(room, () => ({ address: `${elsewhere}/image.iso` }));
    await download(room, mirrors, {}, { mirrorMemory, patience });
    expect(outcomes).toEqual({ [elsewhere]: 'success', [hostOf('one')]: 'success' });
  });

  it('and leads to another one each time teaches nothing of them', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    let asked = 0;
    const mirrors = mirrorsOf(room, () => ({ address: `${elsewhere}:${1000 + asked++}/image.iso`, cut: 2 * MIB }));
    await download(room, mirrors, {}, { mirrorMemory, patience });
    expect(outcomes).toEqual({ [hostOf('one')]: 'success' });
  });
});

describe('a mirror that is silent', () => {
  it('holds nobody up who has the rest, and is remembered for it', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const good = await room.serve({ totalRate: 2 * MIB });
    const silent = await room.serve({ fault: { kind: 'slow-first-byte', ms: 60_000 } });
    const began = performance.now();
    await download(room, [good, silent], {}, { mirrorMemory, patience: { openMs: 50_000, idleMs: 50_000 } });
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(outcomes).toEqual({ [good.url]: 'success', [silent.url]: 'timeout' });
    expect(room.heard('failover')).toEqual([]);
  });

  it('teaches nothing when its bytes came in the end', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const slow = await room.serve({ fault: { kind: 'slow-first-byte', ms: 2_300 }, faultyRequests: 1 });
    await download(room, [slow], {}, { mirrorMemory, patience });
    expect(outcomes).toEqual({ [slow.url]: 'success' });
  });
});

describe('a wrong piece of a list, without a digest of the whole', () => {
  const length = 256 * 1024;
  const pieces = {
    algorithm: 'sha1',
    length,
    digests: Array.from({ length: SIZE / length }, () => '0'.repeat(40)),
  } as const;

  it('is the fault of the one who sent it', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(room, () => ({}));
    const work = download(room, mirrors, { digests: {}, pieces }, { mirrorMemory, patience });
    expect(await codeOf(work)).toBe('DOWNLOAD_PIECE_CHECKSUM');
    expect(outcomes).toEqual({ [hostOf('one')]: 'corrupt' });
  });

  it('says nothing of several who all have the same', async () => {
    const room = await createRoom(SIZE);
    const { outcomes, mirrorMemory } = memory();
    const mirrors = mirrorsOf(
      room,
      () => ({}),
      () => ({}),
    );
    const work = download(room, mirrors, { digests: {}, pieces }, { mirrorMemory, patience });
    expect(await codeOf(work)).toBe('DOWNLOAD_PIECE_CHECKSUM');
    expect(outcomes).toEqual({});
  });
});
