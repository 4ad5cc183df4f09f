import { expect, it } from 'vitest';

import { ask, candidate, expectLawful, history, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const reliable = strategyOf(plugin);

it('takes what has worked best; an unseen mirror is neither perfect nor bad', async () => {
  expect(reliable.name).toBe('reliable');
  const candidates = [
    candidate('liar', 0, { history: history(10, 9e6, { outcomes: { corrupt: 2 } }) }),
    candidate('shaky', 1, { history: history(5, 9e6, { outcomes: { timeout: 6 } }) }),
    candidate('unseen', 2),
    candidate('good', 3, { history: history(12, 1e6, { outcomes: { timeout: 1 } }) }),
    candidate('lagging', 4, { history: history(12, 1e6, { outcomes: { stale: 9 } }) }),
  ];
  expect(usedUrls(await ask(reliable, candidates))).toEqual(['lagging', 'good', 'unseen', 'shaky', 'liar']);
});

it('leaves ties to the sources', async () => {
  const candidates = [candidate('b', 1), candidate('a', 0), candidate('c', 2)];
  expect(usedUrls(await ask(reliable, candidates))).toEqual(['a', 'b', 'c']);
  const used = [...candidates, candidate('d', 3, { progress: { failures: 0 } })];
  expect(usedUrls(await ask(reliable, used))).toEqual(['a', 'b', 'c', 'd']);
});

it('counts failures in this download', async () => {
  const candidates = [
    candidate('a', 0, { history: history(3, undefined), progress: { failures: 2, bytes: 1e6 } }),
    candidate('b', 1, { history: history(2, undefined) }),
  ];
  expect(usedUrls(await ask(reliable, candidates))).toEqual(['b', 'a']);
});

it('is lawful', async () => {
  await expectLawful(reliable);
});
