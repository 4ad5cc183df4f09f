import { expect, it } from 'vitest';

import { ask, candidate, expectLawful, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const ordered = strategyOf(plugin);

it('keeps the order of the sources and says so', async () => {
  expect(ordered.name).toBe('ordered');
  const ranked = await ask(ordered, [
    candidate('b', 1, { preferred: 0 }),
    candidate('a', 0),
    candidate('d', 3),
    candidate('c', 2, { progress: { out: true } }),
  ]);
  expect(usedUrls(ranked)).toEqual(['a', 'b', 'd']);
  expect(new Set(ranked.map(({ reason }) => reason)).size).toBe(4);
});

it('is lawful', async () => {
  await expectLawful(ordered);
});
