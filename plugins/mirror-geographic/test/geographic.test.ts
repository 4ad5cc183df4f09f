import { describe, expect, it } from 'vitest';

import { ask, candidate, expectLawful, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const geographic = strategyOf(plugin);
const place = { country: 'de', continent: 'eu' } as const;

it('goes from the country over the continent to the rest, and measures nothing', async () => {
  expect(geographic.name).toBe('geographic');
  const candidates = [
    candidate('japan', 0, { country: 'jp' }),
    candidate('anywhere', 1),
    candidate('poland', 2, { country: 'pl' }),
    candidate('europe', 3, { continent: 'eu' }),
    candidate('germany', 4, { country: 'de' }),
  ];
  const probe = (): never => {
    throw new Error('nothing is to be measured');
  };
  const ranked = await ask(geographic, candidates, { place, probe });
  expect(usedUrls(ranked)).toEqual(['germany', 'poland', 'europe', 'japan', 'anywhere']);
  expect(usedUrls(await ask(geographic, candidates))).toEqual(['japan', 'anywhere', 'poland', 'europe', 'germany']);
});

describe('within a group', () => {
  const group = [
    candidate('silent', 0, { country: 'de' }),
    candidate('small', 1, { country: 'de', bandwidth: 0.1 }),
    candidate('large', 2, { country: 'de', bandwidth: 1 }),
    candidate('silent2', 3, { country: 'de' }),
  ];

  it('draws by declared bandwidth, then keeps the order of the sources', async () => {
    const orders = await Promise.all(
      Array.from({ length: 200 }, async (_, seed) => usedUrls(await ask(geographic, group, { place, seed }))),
    );
    expect(orders.every((order) => order.slice(2).join() === 'silent,silent2')).toBe(true);
    const largeFirst = orders.filter(([first]) => first === 'large').length;
    expect(largeFirst).toBeGreaterThan(150);
    expect(largeFirst).toBeLessThan(200);
  });

  it('keeps those that are in use in front, whatever is drawn', async () => {
    const used = group.map((each) =>
      each.url.includes('small')
        ? { ...each, ...candidate('small', 1, { ...each, progress: { connections: 1 } }) }
        : each,
    );
    for (let seed = 0; seed < 50; seed++) {
      expect(usedUrls(await ask(geographic, used, { place, seed }))[0]).toBe('small');
    }
  });
});

it('is lawful', async () => {
  await expectLawful(geographic);
});
