/** The mirrors of a download: asked again while it runs, probed into the file, remembered. */

import { describe, expect, it } from 'vitest';

import { createEngine } from '../../src/engine/engine.ts';
import type { MirrorCandidate, MirrorProbe, MirrorStrategy, RankedMirror } from '../../src/engine/hooks.ts';
import { Hosts } from '../../src/download/transfer/hosts.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import type { MirrorLesson, MirrorMemory } from '../../src/mirror/memory.ts';
import { createRoom, download, PLUGINS, type Room } from './support.ts';

const MIB = 1024 * 1024;
const SIZE = 24 * MIB;

/** The room with an engine whose mirror strategy is this one. */
async function withStrategy(
  room: Room,
  rank: MirrorStrategy['rank'],
  mirrors: Readonly<Record<string, unknown>> = {},
): Promise<Room> {
  const settings = parseSettings({ mirrors: { strategy: 'test', ...mirrors } }, 'test');
  const engine = await createEngine({ context: room.engine.context, plugins: PLUGINS, settings });
  engine.own.mirrorStrategy({ name: 'test', description: 'test', rank });
  return { ...room, engine };
}

/** As they came, or as `order` says by their number. */
function inOrder(candidates: readonly MirrorCandidate[], order = candidates.map((_, index) => index)): RankedMirror[] {
  return order.flatMap((index) => {
    const candidate = candidates[index];
    return candidate === undefined ? [] : [{ url: candidate.url, reason: 'for a test' }];
  });
}

function memory(): MirrorMemory & { readonly lessons: Map<string, MirrorLesson> } {
  const lessons = new Map<string, MirrorLesson>();
  return {
    lessons,
    recall: () => undefined,
    learn: (mirror, lesson) => lessons.set(mirror, lesson),
    list: () => [],
    forget: () => 0,
  };
}

const sentBy = (servers: readonly { readonly requests: readonly { readonly sent: number }[] }[]): number[] =>
  servers.map(({ requests }) => requests.reduce((sum, { sent }) => sum + sent, 0));

describe('a running download', () => {
  it('asks the strategy again, with what was measured, and what a probe brings is part of the file', async () => {
    const room = await createRoom(SIZE);
    const servers = await Promise.all(Array.from({ length: 5 }, () => room.serve({ totalRate: 2 * MIB })));
    const seen: (readonly MirrorCandidate[])[] = [];
    const probes: MirrorProbe[] = [];
    const own = await withStrategy(room, async (candidates, { probe, remaining, size }) => {
      expect(size).toBe(SIZE);
      if (candidates[0]?.progress === undefined) return inOrder(candidates);
      seen.push(candidates);
      const last = candidates.at(-1);
      if (seen.length === 1 && probe !== undefined && last !== undefined) {
        expect(remaining).toBeLessThanOrEqual(SIZE);
        probes.push(await probe(last.url, { bytes: 256 * 1024, ms: 30_000 }));
      }
      return inOrder(candidates);
    });
    // So that the last one is free to be probed.
    const result = await download(own, servers, {}, { connections: { perJob: 3, perHost: 4 } });
    expect(result.verified).toBe(true);
    expect(probes).toMatchObject([{ state: 'current', bytes: expect.any(Number) as number }]);
    expect(probes[0]?.bytes).toBeGreaterThanOrEqual(256 * 1024);
    expect(probes[0]?.speed).toBeGreaterThan(0);
    expect(probes[0]?.firstByteMs).toBeGreaterThan(0);
    // Samples that prove a mirror to have the same file are all that comes twice.
    expect(sentBy(servers).reduce((sum, bytes) => sum + bytes)).toBeLessThan(SIZE + 2 * MIB);
    const later = seen.at(-1);
    expect(seen.length).toBeGreaterThan(1);
    expect(later?.[0]?.progress).toMatchObject({ out: false });
    expect(later?.[0]?.progress?.bytes).toBeGreaterThan(0);
    expect(later?.[0]?.progress?.speed).toBeGreaterThan(0);
    expect(later?.at(-1)?.probe).toEqual(probes[0]);
  });

  it('moves to the mirrors that the strategy prefers by then', async () => {
    const room = await createRoom(SIZE);
    const servers = await Promise.all(
      Array.from({ length: 5 }, (_, index) => room.serve({ totalRate: index < 3 ? MIB : 20 * MIB })),
    );
    const own = await withStrategy(room, async (candidates) =>
      inOrder(candidates, candidates[0]?.progress === undefined ? [0, 1, 2, 3, 4] : [4, 3, 0, 1, 2]),
    );
    await download(own, servers);
    const sent = sentBy(servers);
    expect(sent[3]! + sent[4]!).toBeGreaterThan(SIZE / 2);
  });

  it('has at most two connections to a mirror while there are others', async () => {
    const room = await createRoom(SIZE);
    const servers = await Promise.all([1, 2].map(() => room.serve({ totalRate: 3 * MIB })));
    const own = await withStrategy(room, async (candidates) => inOrder(candidates));
    const most: number[] = [];
    own.engine.events.on('transfer', ({ mirrors }) => most.push(...mirrors.map(({ connections }) => connections)));
    await download(own, servers);
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
  });

  it('waits for no mirror that is wanted while one is idle that is not', async () => {
    const room = await createRoom(SIZE);
    const busy = { kind: 'status', status: 503, retryAfter: 3600 } as const;
    let isAskedAgain = false;
    const wanted = await room.serve({ totalRate: 4 * MIB, fault: busy, faultyRequests: () => isAskedAgain });
    const other = await room.serve();
    const own = await withStrategy(room, async (candidates) => {
      isAskedAgain = candidates[0]?.progress !== undefined;
      return inOrder(candidates, isAskedAgain ? [0] : [0, 1]);
    });
    const result = await download(own, [wanted, other], {}, { connections: { perJob: 1, perHost: 1 } });
    expect(result.verified).toBe(true);
  });

  it('gets by with one connection a mirror while the others are probed', async () => {
    const room = await createRoom(SIZE);
    const servers = await Promise.all([1, 2, 3].map(() => room.serve({ totalRate: 6 * MIB })));
    const own = await withStrategy(
      room,
      async (candidates, { probe }) => {
        if (probe !== undefined) {
          await Promise.all(candidates.map(({ url }) => probe(url, { bytes: 2 * MIB, ms: 3_000 })));
        }
        return inOrder(candidates);
      },
      { connections: 1 },
    );
    expect((await download(own, servers, {}, { connections: { perJob: 1, perHost: 1 } })).verified).toBe(true);
  });

  it('does not hold failed probes against a host’s number of connections', async () => {
    const room = await createRoom(SIZE);
    const good = await room.serve({ totalRate: 6 * MIB });
    const broken = await room.serve({ fault: { kind: 'status', status: 503 } });
    const hosts = new Hosts({ clock: () => performance.now(), now: () => new Date(), perHost: 4, random: () => 0.5 });
    const own = await withStrategy(room, async (candidates, { probe }) => {
      const url = candidates[1]?.url;
      if (probe !== undefined && url !== undefined) await probe(url, { bytes: MIB, ms: 3_000 });
      return inOrder(candidates);
    });
    await download(own, [good, broken], {}, { hosts, connections: { perJob: 1, perHost: 1 } });
    expect(hosts.at(broken.url).cap).toBe(4);
  });

  it('gives a larger probe as much as it asks for, also when everything is given away', async () => {
    const room = await createRoom(40 * MIB);
    const good = await room.serve({ totalRate: 8 * MIB });
    const other = await room.serve();
    const probes: MirrorProbe[] = [];
    const own = await withStrategy(room, async (candidates, { probe }) => {
      const last = candidates.at(-1);
      if (probe !== undefined && last !== undefined) probes.push(await probe(last.url, { bytes: 4 * MIB, ms: 30_000 }));
      return inOrder(candidates);
    });
    await download(own, [good, other], {}, { connections: { perJob: 1, perHost: 1 } });
    expect(probes[0]).toMatchObject({ state: 'current' });
    expect(probes[0]?.bytes).toBeGreaterThanOrEqual(4 * MIB);
    // Nothing is left of the first mirror's lease but its end.
    expect(probes.filter(({ problem }) => problem?.startsWith('nothing is left'))).toEqual([]);
  });

  it('comes to the last of many mirrors when all others are dead', async () => {
    const room = await createRoom(MIB);
    const good = await room.serve();
    const dead = Array.from({ length: 40 }, (_, index) => ({ url: `http://127.0.1.${index + 1}:9` }));
    const own = await withStrategy(room, async (candidates) => inOrder(candidates));
    expect((await download(own, [...dead, good])).verified).toBe(true);
  });

  it('does not probe for a small file', async () => {
    const room = await createRoom(4 * MIB);
    const servers = await Promise.all([1, 2, 3, 4].map(() => room.serve({ totalRate: MIB })));
    const asked: boolean[] = [];
    const own = await withStrategy(room, async (candidates, { probe }) => {
      asked.push(probe !== undefined);
      return inOrder(candidates);
    });
    await download(own, servers);
    expect(asked.length).toBeGreaterThan(1);
    expect(asked).not.toContain(true);
  });

  it('survives a strategy that fails later, and says so once', async () => {
    const room = await createRoom(SIZE);
    const servers = await Promise.all([1, 2].map(() => room.serve({ totalRate: 3 * MIB })));
    const own = await withStrategy(room, async (candidates) => {
      if (candidates[0]?.progress !== undefined) throw new Error('broken');
      return inOrder(candidates);
    });
    const warnings: unknown[] = [];
    own.engine.events.on('warning', (warning) => warnings.push(warning));
    expect((await download(own, servers)).verified).toBe(true);
    expect(warnings).toMatchObject([{ code: 'PLUGIN_TAP_FAILED' }]);
  });

  it('tells a probed mirror with another file from one that does not have it', async () => {
    const room = await createRoom(SIZE);
    const good = await Promise.all([1, 2, 3].map(() => room.serve({ totalRate: 3 * MIB })));
    const stale = await room.serve({ content: room.content.subarray(0, SIZE - MIB) });
    const missing = await room.serve({ fault: { kind: 'status', status: 404 } });
    const states: string[] = [];
    const own = await withStrategy(room, async (candidates, { probe }) => {
      if (candidates[0]?.progress !== undefined && probe !== undefined && states.length === 0) {
        for (const { url } of candidates.slice(3)) {
          states.push((await probe(url, { bytes: 256 * 1024, ms: 30_000 })).state);
        }
      }
      return inOrder(candidates);
    });
    await download(own, [...good, stale, missing]);
    expect(states).toEqual(['stale', 'missing']);
  });
});

describe('what a download teaches of its mirrors', () => {
  it('is how each of them did', async () => {
    const room = await createRoom(6 * MIB);
    const good = await room.serve({ totalRate: 3 * MIB });
    const stale = await room.serve({ content: room.content.subarray(0, 5 * MIB) });
    const missing = await room.serve({ fault: { kind: 'status', status: 404 } });
    const unused = await room.serve();
    const mirrorMemory = memory();
    const own = await withStrategy(room, async (candidates) => inOrder(candidates, [0, 1, 2]));
    await download(own, [stale, missing, good, unused], {}, { mirrorMemory });
    expect(Object.fromEntries(mirrorMemory.lessons)).toMatchObject({
      [good.url]: { outcome: 'success', speed: expect.any(Number) as number },
      [stale.url]: { outcome: 'stale' },
      [missing.url]: { outcome: 'http-error' },
    });
    expect(mirrorMemory.lessons.has(unused.url)).toBe(false);
    expect(mirrorMemory.lessons.get(good.url)?.speed).toBeGreaterThan(MIB);
    expect(mirrorMemory.lessons.get(good.url)?.speed).toBeLessThan(6 * MIB);
  });

  it('is who sent wrong bytes', async () => {
    const room = await createRoom(4 * MIB);
    const wrong = Buffer.from(room.content);
    wrong[3 * MIB] = (wrong[3 * MIB] ?? 0) ^ 1;
    const liar = await room.serve({ content: wrong });
    // It comes in only when the liar has sent everything.
    const good = await room.serve({ hold: { after: 0 } });
    const mirrorMemory = memory();
    const own = await withStrategy(room, async (candidates) => inOrder(candidates));
    own.engine.events.on('transfer', ({ done }) => {
      if (done === 4 * MIB) good.release();
    });
    await download(own, [liar, good], {}, { mirrorMemory, patience: { openMs: 20_000, idleMs: 20_000 } });
    expect(mirrorMemory.lessons.get(liar.url)?.outcome).toBe('corrupt');
    expect(mirrorMemory.lessons.get(good.url)?.outcome).toBe('success');
  });

  it('is nothing when nobody could be reached: that may be the user’s own network', async () => {
    const room = await createRoom(MIB);
    const gone = await room.serve();
    await gone.close();
    const mirrorMemory = memory();
    const own = await withStrategy(room, async (candidates) => inOrder(candidates));
    await expect(download(own, [gone], {}, { mirrorMemory })).rejects.toMatchObject({
      code: 'DOWNLOAD_ALL_MIRRORS_FAILED',
    });
    expect(mirrorMemory.lessons.size).toBe(0);
  });

  it('costs nothing but itself when it cannot be kept', async () => {
    const room = await createRoom(MIB);
    const mirrorMemory = memory();
    mirrorMemory.learn = () => {
      throw new Error('the disk is full');
    };
    const own = await withStrategy(room, async (candidates) => inOrder(candidates));
    expect((await download(own, [await room.serve()], {}, { mirrorMemory })).verified).toBe(true);
  });
});

describe('a file without a digest', () => {
  it('comes from the address that was given first, whatever the strategy prefers', async () => {
    const room = await createRoom(MIB);
    const servers = [await room.serve(), await room.serve({ content: Buffer.alloc(MIB, 'other') })];
    const own = await withStrategy(room, async (candidates) => inOrder(candidates, [1, 0]));
    const { origins } = await download(own, servers, { digests: {}, size: undefined });
    expect(origins).toEqual([{ mirror: `${servers[0]?.url ?? ''}/image.iso`, start: 0, end: MIB }]);
  });
});
