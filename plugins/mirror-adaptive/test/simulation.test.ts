import { describe, expect, it } from 'vitest';

import { history, strategyOf } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';
import { simulate, type FakeMirror } from './simulation.ts';

const adaptive = strategyOf(plugin);
const MB = 1e6;
const SEEDS = Array.from({ length: 8 }, (_, index) => 1 + index * 7919);

/** Mirrors in this order of the sources, with these rates in MB/s. */
function mirrors(...rates: number[]): FakeMirror[] {
  return rates.map((rate, index) => ({ name: `m${index}`, rate: () => rate * MB, country: 'de' }));
}

const remembered = (given: readonly FakeMirror[]): FakeMirror[] =>
  given.map((mirror) => ({ ...mirror, history: history(5, mirror.rate(0)) }));

/** Seconds that it takes if the best three are used from the first byte on. */
function oracle(given: readonly FakeMirror[], size: number): number {
  const rates = given.map(({ rate }) => rate(0)).toSorted((a, b) => b - a);
  return size / rates.slice(0, 3).reduce((sum, rate) => sum + rate, 0);
}

const SIZE = 2e9;
const HIDDEN = mirrors(1, 0.5, 2, 0.8, 1.5, 1, 6, 0.3, 1, 8, 1, 7);

describe.each(SEEDS)('with chance %d', (seed) => {
  it('finds the best mirrors, wherever the sources list them, in a few probes', async () => {
    const { seconds, inUse, probes, moves } = await simulate(adaptive, HIDDEN, { size: SIZE, seed });
    expect(inUse(20).toSorted()).toEqual(['m11', 'm6', 'm9']);
    expect(seconds).toBeLessThan(1.1 * oracle(HIDDEN, SIZE));
    expect(moves).toBeLessThanOrEqual(8);
    expect(probes.length).toBeLessThanOrEqual(15);
  });

  it('begins with the best the next time, and probes nobody', async () => {
    const known = remembered(HIDDEN);
    const { seconds, moves, probes } = await simulate(adaptive, known, { size: SIZE, seed });
    expect(seconds).toBeLessThan(1.05 * oracle(known, SIZE));
    expect(moves).toBeLessThanOrEqual(1);
    expect(probes).toEqual([]);
  });

  it('stays where it is while all are alike', async () => {
    const alike = mirrors(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3);
    const { moves, probes } = await simulate(adaptive, alike, { size: SIZE, seed });
    expect(moves).toBeLessThanOrEqual(4);
    expect(probes.length).toBeLessThanOrEqual(15);
  });

  it('moves away from one that collapses', async () => {
    const given = mirrors(4, 8, 4, 1, 1, 3, 3, 1);
    given[1] = { ...given[1]!, rate: (seconds) => (seconds < 30 ? 8 : 0.1) * MB };
    const { inUse, seconds } = await simulate(adaptive, given, { size: SIZE, seed });
    expect(inUse(25)).toContain('m1');
    for (let at = 42; at < seconds; at += 2) expect(inUse(at)).not.toContain('m1');
    // What the best three bring before and after.
    const possible = 30 + (SIZE - 30 * 16 * MB) / (11 * MB);
    expect(seconds).toBeLessThan(1.1 * possible);
  });

  it.each([
    ['unknown', 4, (given: FakeMirror[]) => given],
    // Each mirror may have to be tried once, as what is remembered may hold for some and not for others.
    ['remembered', 15, remembered],
  ])("stays where it is while the user's own line is the limit, with mirrors %s", async (_, most, make) => {
    const given = make(mirrors(9, 8, 7, 6, 5, 9, 8, 7, 6, 5, 9, 8, 7, 6, 5));
    const { moves } = await simulate(adaptive, given, { size: SIZE, seed, line: 5 * MB });
    expect(moves).toBeLessThanOrEqual(most);
  });

  it('uses none that has another file or none', async () => {
    const given = mirrors(2, 9, 1, 9, 1, 1).map((mirror, index) =>
      index === 1 || index === 3
        ? { ...mirror, state: index === 1 ? ('stale' as const) : ('missing' as const) }
        : mirror,
    );
    // They are not among the first three, so that a probe sees them first.
    const { inUse } = await simulate(
      adaptive,
      [given[0]!, given[2]!, given[4]!, given[1]!, given[3]!].map((m, i) => ({ ...m, country: i < 3 ? 'de' : 'us' })),
      { size: 5e8, seed },
    );
    for (const at of [5, 20, 60]) expect(inUse(at).toSorted()).toEqual(['m0', 'm2', 'm4']);
  });
});
