import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { inParallel } from '../../src/verify/in-parallel.ts';
import { never } from '../engine/support.ts';

async function collect<T>(results: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const result of results) all.push(result);
  return all;
}

describe('inParallel', () => {
  it('does everything once, never more than allowed at a time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 6 }), async (turns, limit) => {
        let running = 0;
        let most = 0;
        const work = async (count: number): Promise<number> => {
          most = Math.max(most, ++running);
          for (let turn = 0; turn < count; turn++) await Promise.resolve();
          running--;
          return count;
        };
        const results = await collect(inParallel(turns, limit, never(), work));
        expect(results.sort()).toEqual([...turns].sort());
        expect(most).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('works on as many as are allowed', async () => {
    let running = 0;
    let all: () => void = () => undefined;
    const three = new Promise<void>((resolve) => (all = resolve));
    const work = async (): Promise<void> => {
      if (++running === 3) all();
      await three;
    };
    expect(await collect(inParallel([1, 2, 3, 4], 3, never(), work))).toHaveLength(4);
  });

  it('ends everything when the reader has enough, when the signal says so and when one fails', async () => {
    const ended: string[] = [];
    const hang = (thing: string, signal: AbortSignal): Promise<string> =>
      new Promise((resolve, reject) => {
        if (thing === 'quick') resolve(thing);
        if (thing === 'broken') reject(new Error(thing));
        signal.addEventListener('abort', () => {
          ended.push(thing);
          reject(signal.reason as Error);
        });
      });
    for await (const result of inParallel(['slow', 'quick'], 2, never(), hang)) {
      expect(result).toBe('quick');
      break;
    }
    expect(ended.splice(0)).toContain('slow');
    await expect(collect(inParallel(['slow', 'broken'], 5, never(), hang))).rejects.toThrow('broken');
    expect(ended.splice(0)).toContain('slow');
    const controller = new AbortController();
    const results = collect(
      inParallel(['slow'], 5, controller.signal, (thing, inner) => {
        queueMicrotask(() => {
          controller.abort(new Error('enough'));
        });
        return hang(thing, inner);
      }),
    );
    await expect(results).rejects.toThrow('enough');
    expect(ended.splice(0)).toContain('slow');
  });
});
