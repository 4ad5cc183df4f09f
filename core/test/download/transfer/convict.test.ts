import { describe, expect, it } from 'vitest';

import type { FileServer } from '../../../../test/src/servers/index.ts';
import type { DownloadJob, DownloadResult } from '../../../src/download/job.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { codeOf, createRoom, download, expectDone, IMPATIENT, leavePart, sentBy, type Room } from '../support.ts';
import { scripted } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 8 * MIB + 4321;
const RATE = 6 * MIB;
/** What one may have brought before it was compared with anything: that goes when it is not believed. */
const UNPROVEN = 4 * MIB;
/** Questions that were on their way when the last one was answered that mattered. */
const ASKED = 2.5 * MIB;
/** Samples, and what was on its way when a connection was no longer needed. */
const SLACK = 1.5 * MIB;

const nameOf = ({ url }: FileServer): string => `${url}/image.iso`;
const blamed = (room: Room): Set<string> => new Set(room.heard('failover').map(({ mirror }) => mirror));

/** Who delivered this byte in the end. */
function sourceOf({ origins }: DownloadResult, at: number): string | undefined {
  return origins.find(({ start, end }) => start <= at && at < end)?.mirror;
}

/** Nothing here is slow: only bytes tell the mirrors apart. */
function fetch(room: Room, mirrors: readonly FileServer[], job: Partial<DownloadJob> = {}): Promise<DownloadResult> {
  return download(room, mirrors, job, { patience: { ...IMPATIENT, idleMs: 10_000, openMs: 10_000 } });
}

describe('of two mirrors, the one with', () => {
  it.each([
    ['a wrong byte at the beginning', { kind: 'wrong-bytes', at: 0 }],
    ['a wrong byte in the middle', { kind: 'wrong-bytes', at: 4 * MIB + 1 }],
    ['a wrong byte at the end', { kind: 'wrong-bytes', at: SIZE - 1 }],
  ] as const)('%s is named, whichever is first, and the file is right', async (_, fault) => {
    for (const isFirst of [true, false]) {
      const room = await createRoom(SIZE);
      const bad = await room.serve({ fault, rate: RATE });
      const good = await room.serve({ rate: RATE });
      const result = await fetch(room, isFirst ? [bad, good] : [good, bad]);
      await expectDone(room);
      // The wrong byte may have come from the good one in the first place: then nobody is to blame.
      const isBlamed = blamed(room).size > 0;
      if (isBlamed) {
        expect(blamed(room)).toEqual(new Set([nameOf(bad)]));
        expect(room.heard('failover')).toMatchObject([{ next: nameOf(good), error: { code: 'DOWNLOAD_CHECKSUM' } }]);
        expect(sourceOf(result, fault.at)).toBe(nameOf(good));
      }
      // Each has sent every piece once, at worst.
      expect(sentBy(bad, good)).toBeLessThan(2 * SIZE + ASKED + SLACK);
      await room.close();
    }
  });

  it('another file of the same size is named', async () => {
    const room = await createRoom(SIZE);
    const stale = await room.serve({ content: Buffer.alloc(SIZE, 'old'), rate: RATE });
    const good = await room.serve({ rate: RATE });
    await fetch(room, [good, stale]);
    await expectDone(room);
    expect(blamed(room)).toContain(nameOf(stale));
    // Of two that differ, the wrong one may be given up first: then the other one is asked for all of it.
    expect(sentBy(stale, good)).toBeLessThan(2 * SIZE + UNPROVEN + SLACK);
  });

  it('a file that differs in its last third is named', async () => {
    const room = await createRoom(SIZE);
    const content = Buffer.from(room.content);
    content.fill(0, Math.floor((SIZE * 2) / 3));
    const stale = await room.serve({ content, rate: RATE });
    const good = await room.serve({ rate: RATE });
    await fetch(room, [good, stale]);
    await expectDone(room);
    expect(blamed(room)).toContain(nameOf(stale));
    // Of two that differ, the wrong one may be given up first: then the other one is asked for all of it.
    expect(sentBy(stale, good)).toBeLessThan(2 * SIZE + UNPROVEN + SLACK);
  });
});

describe('of three mirrors', () => {
  it('the one with wrong bytes is named, and only its share is fetched again', async () => {
    const room = await createRoom(SIZE);
    const content = Buffer.from(room.content);
    for (let at = 0; at < SIZE; at += 500_000) content.writeUInt8(content.readUInt8(at) ^ 1, at);
    const bad = await room.serve({ content, rate: RATE });
    const good = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    const result = await fetch(room, [bad, ...good]);
    await expectDone(room);
    expect(blamed(room)).toEqual(new Set([nameOf(bad)]));
    for (let at = 0; at < SIZE; at += 500_000) expect(sourceOf(result, at)).not.toBe(nameOf(bad));
    expect(sentBy(bad, ...good)).toBeLessThan(2 * SIZE + UNPROVEN + SLACK);
  });

  it('the one with another file of the same size is named, and not those that agree', async () => {
    const room = await createRoom(SIZE);
    const stale = await room.serve({ content: Buffer.alloc(SIZE, 'old'), rate: RATE });
    const good = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    await fetch(room, [...good, stale]);
    await expectDone(room);
    expect(blamed(room)).toEqual(new Set([nameOf(stale)]));
    expect(sentBy(stale, ...good)).toBeLessThan(SIZE + UNPROVEN + SLACK);
  });

  it('two with a wrong byte each leave the third to make it right', async () => {
    const room = await createRoom(SIZE);
    const bad = [
      await room.serve({ fault: { kind: 'wrong-bytes', at: 10 }, rate: RATE }),
      await room.serve({ fault: { kind: 'wrong-bytes', at: SIZE - 10 }, rate: RATE }),
    ];
    const good = await room.serve({ rate: RATE });
    await fetch(room, [...bad, good]);
    await expectDone(room);
    expect(blamed(room)).not.toContain(nameOf(good));
  });

  it('all with wrong bytes are named, and nothing is kept', async () => {
    const room = await createRoom(SIZE);
    const bad: FileServer[] = [];
    for (const at of [1, 2, 3])
      bad.push(await room.serve({ fault: { kind: 'wrong-bytes', at: at * MIB }, rate: RATE }));
    const digests = { sha256: '0'.repeat(64) };
    const error: unknown = await fetch(room, bad, { digests }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_CHECKSUM' });
    for (const { url } of bad) expect((error as Error).message).toContain(url);
    expect(await room.list()).toEqual([]);
  });
});

describe('the bytes of an earlier run', () => {
  it.each([
    ['of a mirror that is asked again', true],
    ['of one that is not', false],
  ])('%s are replaced when they are wrong in a single byte', async (_, isAsked) => {
    const room = await createRoom(SIZE);
    const bytes = Buffer.from(room.content);
    bytes.writeUInt8(bytes.readUInt8(MIB + 5) ^ 1, MIB + 5);
    const servers = [await room.serve({ rate: RATE }), await room.serve({ rate: RATE })];
    const [first] = servers;
    await leavePart(room, [[0, 3 * MIB]], { bytes, ...(isAsked && { url: `${first?.url ?? ''}/image.iso` }) });
    await fetch(room, servers);
    await expectDone(room);
    expect(sentBy(...servers)).toBeLessThan(2 * SIZE + SLACK);
  });

  it('are replaced as well when there is one mirror only', async () => {
    const room = await createRoom(SIZE);
    const bytes = Buffer.from(room.content);
    bytes.writeUInt8(bytes.readUInt8(MIB + 5) ^ 1, MIB + 5);
    const only = await room.serve();
    await leavePart(room, [[0, 3 * MIB]], { bytes });
    await fetch(room, [only]);
    await expectDone(room);
    expect(sentBy(only)).toBeLessThan(2 * SIZE + SLACK);
  });
});

describe('a mirror that is asked for samples', () => {
  it('is connected to, as far as its host is concerned', async () => {
    const room = await createRoom(SIZE);
    const { clock, now } = room.engine.context;
    const hosts = new Hosts({ clock, now, perHost: 4, random: () => 0.5 });
    const counts: number[] = [];
    const mirrors = ['one', 'two'].map((name) =>
      scripted(room, name, ({ url }) => {
        counts.push(hosts.at(url).connections);
        return {};
      }),
    );
    const work = download(room, mirrors, { digests: { sha256: '0'.repeat(64) } }, { hosts });
    expect(await codeOf(work)).toBe('DOWNLOAD_CHECKSUM');
    expect(counts).not.toContain(0);
  });
});
