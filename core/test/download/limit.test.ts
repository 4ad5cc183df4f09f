import { describe, expect, it } from 'vitest';

import type { TransferReport } from '../../src/download/job.ts';
import { RateLimiter } from '../../src/download/transfer/rate-limit.ts';
import { createRoom, download, expectDone, type Room } from './support.ts';

const MB = 1_000_000;
const clock = (): number => performance.now();

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** What was reported for so many seconds, from the first report on that tells of more than `after` bytes. */
async function samplesOver(room: Room, seconds: number, after: number = 0): Promise<readonly Sample[]> {
  const { events } = room.engine;
  const samples: Sample[] = [];
  return await new Promise((resolve) => {
    const onReport = ({ done }: TransferReport): void => {
      const at = performance.now() / 1000;
      if (done <= after) return;
      samples.push({ at, done });
      if (at - (samples[0]?.at ?? at) < seconds) return;
      events.off('transfer', onReport);
      resolve(samples);
    };
    events.on('transfer', onReport);
  });
}

/** Bytes a second in each window of so many seconds. */
function ratesOf(samples: readonly Sample[], seconds: number): number[] {
  return samples.flatMap(({ at, done }) => {
    const end = samples.find((later) => later.at - at >= seconds);
    return end === undefined ? [] : [(end.done - done) / (end.at - at)];
  });
}

/**
 * Never more than a twentieth above the limit in all, nor more than what may be saved up in a shorter window. A busy
 * machine may lose time, which is not made up for; but in some window the limit is reached to a twentieth.
 */
function expectLimit(samples: readonly Sample[], limit: number): void {
  const rates = ratesOf(samples, 2);
  expect(Math.max(...rates)).toBeGreaterThan(limit * 0.95);
  expect(Math.max(...rates)).toBeLessThan(limit * 1.2);
  const [all = 0] = ratesOf(samples, (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0));
  expect(all).toBeLessThan(limit * 1.05);
}

describe('a limit of the rate', () => {
  it('holds over all connections to all mirrors, also when it is changed on the way', async () => {
    const room = await createRoom(80 * MB);
    const servers = [await room.serve(), await room.serve(), await room.serve()];
    const limiter = new RateLimiter({ clock, rate: 5 * MB });
    const work = download(room, servers, {}, { limiter, connections: { perJob: 3, perHost: 1 } });
    work.catch(() => undefined);
    // What is saved up at the beginning does not count. Not what the servers have sent: over ten seconds the system's
    // buffers of three connections grow by a quarter of it.
    expectLimit(await samplesOver(room, 10, 3 * MB), 5 * MB);
    expect(room.heard('transfer').at(-1)?.connections).toBe(3);

    limiter.rate = 2 * MB;
    await samplesOver(room, 0.5);
    expectLimit(await samplesOver(room, 4), 2 * MB);

    limiter.rate = undefined;
    await work;
    await expectDone(room);
  }, 60_000);

  it('far below what a mirror could do is no reason to give it up', async () => {
    const room = await createRoom(300_000);
    const servers = [await room.serve(), await room.serve()];
    const limiter = new RateLimiter({ clock, rate: 100_000 });
    await download(room, servers, {}, { limiter, patience: { idleMs: 10_000 } });
    await expectDone(room);
    expect(room.heard('failover')).toEqual([]);
  });

  it('that downloads share is shared about evenly', async () => {
    const rooms = [await createRoom(10 * MB), await createRoom(10 * MB)];
    const limiter = new RateLimiter({ clock, rate: 4 * MB });
    const work = Promise.all(rooms.map(async (room) => download(room, [await room.serve()], {}, { limiter })));
    work.catch(() => undefined);
    const shares = await Promise.all(rooms.map((room) => samplesOver(room, 2, MB)));
    for (const samples of shares) {
      const [rate = 0] = ratesOf(samples, 2);
      expect(rate).toBeGreaterThan(MB);
      expect(rate).toBeLessThan(3 * MB);
    }
    limiter.rate = undefined;
    await work;
    for (const room of rooms) await expectDone(room);
  });
});
