import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { RateLimiter } from '../../../src/download/transfer/rate-limit.ts';
import { never } from '../../engine/support.ts';

const KIB = 1024;
const clock = (): number => performance.now();

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What was let through, and when. */
interface Grant {
  readonly at: number;
  readonly bytes: number;
}

interface Taker {
  readonly grants: readonly Grant[];
  stop(): void;
}

/** A connection that always wants more. */
function greedy(limiter: RateLimiter, batch: () => number): Taker {
  const grants: Grant[] = [];
  const controller = new AbortController();
  const run = async (): Promise<void> => {
    for (;;) {
      const bytes = batch();
      await limiter.take(bytes, controller.signal);
      grants.push({ at: performance.now(), bytes });
    }
  };
  run().catch(() => undefined);
  return {
    grants,
    stop: () => {
      controller.abort();
    },
  };
}

const sum = (grants: readonly Grant[], from = -Infinity, to = Infinity): number =>
  grants.reduce((total, { at, bytes }) => total + (at > from && at <= to ? bytes : 0), 0);

/** The most and the least that went through in any 10 s of `[from, to]`. */
function extremes(grants: readonly Grant[], from: number, to: number): { most: number; least: number } {
  let [most, least] = [0, Infinity];
  for (let start = from; start + 10_000 <= to; start += 250) {
    const bytes = sum(grants, start, start + 10_000);
    most = Math.max(most, bytes);
    least = Math.min(least, bytes);
  }
  return { most, least };
}

/** How many of these are settled by now. */
async function settled(promises: readonly Promise<unknown>[]): Promise<boolean[]> {
  const states = promises.map(() => false);
  for (const [index, promise] of promises.entries()) {
    void promise.then(
      () => (states[index] = true),
      () => (states[index] = true),
    );
  }
  await vi.advanceTimersByTimeAsync(0);
  return states;
}

describe('without a limit', () => {
  it('nobody waits, and no timer runs', async () => {
    const limiter = new RateLimiter({ parent: new RateLimiter({ clock }) });
    expect(limiter.limited).toBe(false);
    expect(limiter.batchFor(1)).toBe(1024 * KIB);
    await Promise.all(Array.from({ length: 100 }, () => limiter.take(1e9, never())));
    expect(vi.getTimerCount()).toBe(0);
    await expect(limiter.take(1, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('with a limit', () => {
  it('any 10 s carry it to 5 %, with small and with large requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 100 * KIB, max: 100_000 * KIB }),
        // As parts of what goes through in a second, and by how much they vary.
        fc.array(fc.tuple(fc.double({ min: 0.001, max: 0.2, noNaN: true }), fc.boolean()), {
          minLength: 1,
          maxLength: 6,
        }),
        async (rate, connections) => {
          const limiter = new RateLimiter({ clock, rate });
          const start = performance.now();
          const takers = connections.map(([part, varies]) => {
            let turn = 0;
            return greedy(limiter, () =>
              Math.ceil(((rate * part) / connections.length) * (varies && turn++ % 2 ? 0.1 : 1)),
            );
          });
          await vi.advanceTimersByTimeAsync(22_000);
          for (const taker of takers) taker.stop();
          const grants = takers.flatMap((taker) => taker.grants);
          const { most, least } = extremes(grants, start, start + 22_000);
          expect(most).toBeLessThanOrEqual(rate * 10 * 1.05);
          expect(least).toBeGreaterThanOrEqual(rate * 10 * 0.95);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('one request may be for many seconds', async () => {
    const limiter = new RateLimiter({ clock, rate: 1000 });
    const taker = greedy(limiter, () => 5000);
    await vi.advanceTimersByTimeAsync(20_010);
    taker.stop();
    expect(taker.grants.map(({ at }) => Math.round(at - (taker.grants[0]?.at ?? 0)))).toEqual([
      0, 5000, 10_000, 15_000,
    ]);
  });

  it('saves up a quarter of a second at most', async () => {
    const limiter = new RateLimiter({ clock, rate: 1000 });
    await vi.advanceTimersByTimeAsync(60_000);
    const takes = Array.from({ length: 60 }, () => limiter.take(5, never()));
    expect((await settled(takes)).filter(Boolean)).toHaveLength(50);
    await vi.advanceTimersByTimeAsync(50);
    await Promise.all(takes);
  });

  it('serves in the order of the requests, so connections in turn', async () => {
    const limiter = new RateLimiter({ clock, rate: 1000 });
    const takers = [10, 10, 10, 10].map((bytes) => greedy(limiter, () => bytes));
    await vi.advanceTimersByTimeAsync(10_005);
    for (const taker of takers) taker.stop();
    const counts = takers.map(({ grants }) => grants.length);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(Math.abs(sum(takers.flatMap(({ grants }) => grants)) - 10_000)).toBeLessThanOrEqual(10);
  });

  it('takes a share of about 100 ms into one read', () => {
    expect(new RateLimiter({ clock, rate: 8000 * KIB }).batchFor(1)).toBe(800 * KIB);
    expect(new RateLimiter({ clock, rate: 8000 * KIB }).batchFor(16)).toBe(50 * KIB);
    expect(new RateLimiter({ clock, rate: 8000 * KIB }).batchFor(1000)).toBe(16 * KIB);
    expect(new RateLimiter({ clock, rate: 1e9 }).batchFor(2)).toBe(1024 * KIB);
    const parent = new RateLimiter({ clock, rate: 1000 * KIB });
    expect(new RateLimiter({ rate: 8000 * KIB, parent }).batchFor(1)).toBe(100 * KIB);
  });

  it.each([0, -1, Number.NaN])('is not %d', (rate) => {
    expect(() => new RateLimiter({ clock, rate })).toThrow(RangeError);
    const limiter = new RateLimiter({ clock, rate: 5 });
    expect(() => (limiter.rate = rate)).toThrow(RangeError);
    expect(limiter.rate).toBe(5);
  });
});

describe('a change of the limit', () => {
  it('holds at once for who waits', async () => {
    const limiter = new RateLimiter({ clock, rate: 10 });
    const takes = [1000, 1000].map((bytes) => limiter.take(bytes, never()));
    await vi.advanceTimersByTimeAsync(10_000);
    limiter.rate = 1000;
    await vi.advanceTimersByTimeAsync(890);
    expect(await settled(takes)).toEqual([false, false]);
    await vi.advanceTimersByTimeAsync(15);
    expect(await settled(takes)).toEqual([true, false]);
    limiter.rate = 100;
    await vi.advanceTimersByTimeAsync(9000);
    expect(await settled(takes)).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await settled(takes)).toEqual([true, true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('to none lets everybody go, and leaves no debt and no credit', async () => {
    const limiter = new RateLimiter({ clock, rate: 1 });
    const takes = [1e6, 1e6].map((bytes) => limiter.take(bytes, never()));
    expect(await settled(takes)).toEqual([false, false]);
    limiter.rate = undefined;
    expect(await settled(takes)).toEqual([true, true]);
    await vi.advanceTimersByTimeAsync(60_000);
    limiter.rate = 1000;
    const next = limiter.take(1000, never());
    await vi.advanceTimersByTimeAsync(990);
    expect(await settled([next])).toEqual([false]);
    await vi.advanceTimersByTimeAsync(15);
    expect(await settled([next])).toEqual([true]);
  });

  it('to less takes what was saved up at the old rate', async () => {
    const limiter = new RateLimiter({ clock, rate: 1_000_000 });
    await vi.advanceTimersByTimeAsync(1000);
    limiter.rate = 1000;
    const take = limiter.take(1250, never());
    await vi.advanceTimersByTimeAsync(990);
    expect(await settled([take])).toEqual([false]);
    await vi.advanceTimersByTimeAsync(15);
    expect(await settled([take])).toEqual([true]);
  });
});

describe('who gives up', () => {
  it('waits no longer, takes nothing, and those behind move up', async () => {
    const limiter = new RateLimiter({ rate: 1000, parent: new RateLimiter({ clock, rate: 1000 }) });
    const controller = new AbortController();
    const given = limiter.take(100_000, controller.signal);
    const behind = limiter.take(1000, never());
    const refused = expect(given).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(500);
    controller.abort(new Error('enough'));
    await refused;
    await vi.advanceTimersByTimeAsync(490);
    expect(await settled([behind])).toEqual([false]);
    await vi.advanceTimersByTimeAsync(15);
    expect(await settled([behind])).toEqual([true]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may share the signal with many, without a warning', async () => {
    const limiter = new RateLimiter({ clock, rate: 1000 });
    const controller = new AbortController();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const takes = Array.from({ length: 64 }, () => limiter.take(1000, controller.signal).catch(() => 'refused'));
    controller.abort();
    expect(await Promise.all(takes)).toEqual(takes.map(() => 'refused'));
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('does not turn waiting into a burst', async () => {
    const limiter = new RateLimiter({ clock, rate: 1000 });
    const controller = new AbortController();
    const given = limiter.take(20_000, controller.signal).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    controller.abort();
    await given;
    const takes = Array.from({ length: 60 }, () => limiter.take(5, never()));
    expect((await settled(takes)).filter(Boolean)).toHaveLength(50);
  });
});

describe('a hierarchy', () => {
  it('keeps every limit, and gives what one does not use to the others', async () => {
    const all = new RateLimiter({ clock, rate: 100_000 });
    const slow = new RateLimiter({ rate: 20_000, parent: all });
    const fast = new RateLimiter({ parent: all });
    const takers = [slow, slow, fast, fast].map((limiter) => greedy(limiter, () => limiter.batchFor(1) / 20));
    const start = performance.now();
    await vi.advanceTimersByTimeAsync(20_000);
    for (const taker of takers) taker.stop();
    const per = takers.map(({ grants }) => sum(grants, start + 10_000, start + 20_000));
    const [one = 0, two = 0, three = 0, four = 0] = per;
    expect(one + two).toBeGreaterThanOrEqual(190_000);
    expect(one + two).toBeLessThanOrEqual(210_000);
    expect(three + four).toBeGreaterThanOrEqual(760_000);
    expect(one + two + three + four).toBeLessThanOrEqual(1_050_000);
    expect(Math.abs(three - four)).toBeLessThan(20_000);
  });

  it('loses nothing where two limits are the same and requests are large', async () => {
    const parent = new RateLimiter({ clock, rate: 1000 });
    const taker = greedy(new RateLimiter({ rate: 1000, parent }), () => 400);
    await vi.advanceTimersByTimeAsync(20_000);
    taker.stop();
    expect(sum(taker.grants)).toBeGreaterThanOrEqual(19_600);
  });

  it('is limited by any of its limits', () => {
    const parent = new RateLimiter({ clock });
    const limiter = new RateLimiter({ parent });
    parent.rate = 1;
    expect(limiter.limited).toBe(true);
    expect(limiter.rate).toBeUndefined();
  });
});

describe('a clock', () => {
  it('that jumps gives a quarter of a second at most, and one that goes back nothing', async () => {
    let skew = 0;
    const limiter = new RateLimiter({ rate: 1000, clock: () => performance.now() + skew });
    skew = 3_600_000;
    expect((await settled(Array.from({ length: 60 }, () => limiter.take(5, never())))).filter(Boolean)).toHaveLength(
      50,
    );
    await vi.advanceTimersByTimeAsync(50);
    skew = -3_600_000;
    const take = limiter.take(100, never());
    await vi.advanceTimersByTimeAsync(90);
    expect(await settled([take])).toEqual([false]);
    await vi.advanceTimersByTimeAsync(15);
    expect(await settled([take])).toEqual([true]);
  });
});
