import fc from 'fast-check';
import { expect, test } from 'vitest';

import { fairShares } from './fair-shares.ts';

const amount = fc.double({ min: 0, max: 1e6, noNaN: true });
const situation = fc.record({
  pools: fc.array(amount, { minLength: 1, maxLength: 6 }),
  all: amount,
  wishes: fc.array(fc.record({ most: amount, pool: fc.nat(5) }), { maxLength: 20 }),
});

test.each([
  ['all the same', [10, 10, 10], [100], 9, [3, 3, 3]],
  ['one wants little', [1, 10, 10], [100], 9, [1, 4, 4]],
  ['the pool is empty', [10, 10], [0], 9, [0, 0]],
  ['no line', [10, 4], [100], Infinity, [10, 4]],
])('shares: %s', (_, wishes, pools, all, expected) => {
  const shares = fairShares(
    wishes.map((most) => ({ most, pool: 0 })),
    pools,
    all,
  );
  expect(shares.map((share) => Math.round(share * 1000) / 1000)).toEqual(expected);
});

test('what one pool cannot give goes to those of another', () => {
  const claims = [0, 0, 1].map((pool) => ({ most: 100, pool }));
  expect(fairShares(claims, [4, 50], 20)).toEqual([2, 2, 16]);
});

test('nothing is given out twice, and nothing is left that somebody could take', () => {
  fc.assert(
    fc.property(situation, ({ pools, all, wishes }) => {
      const claims = wishes.map(({ most, pool }) => ({ most, pool: pool % pools.length }));
      const shares = fairShares(claims, pools, all);
      const sum = (of: readonly number[]): number => of.reduce((a, b) => a + b, 0);
      const inPool = pools.map((_, pool) => sum(shares.filter((__, index) => claims[index]?.pool === pool)));
      const slack = 1e-3;
      expect(sum(shares)).toBeLessThanOrEqual(all + slack);
      for (const [pool, used] of inPool.entries()) expect(used).toBeLessThanOrEqual((pools[pool] ?? 0) + slack);
      for (const [index, share] of shares.entries()) {
        const { most, pool } = claims[index]!;
        expect(share).toBeLessThanOrEqual(most + slack);
        const isFull = share >= most - slack;
        const isPoolEmpty = (inPool[pool] ?? 0) >= (pools[pool] ?? 0) - slack;
        expect(isFull || isPoolEmpty || sum(shares) >= all - slack).toBe(true);
      }
    }),
  );
});
