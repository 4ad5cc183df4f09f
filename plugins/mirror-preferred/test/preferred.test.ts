import { expect, it } from 'vitest';

import { ask, candidate, expectLawful, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const preferred = strategyOf(plugin);
const CANDIDATES = [
  candidate('a', 0),
  candidate('b', 1, { preferred: 1 }),
  candidate('c', 2, { preferred: 0 }),
  candidate('d', 3),
];

it("takes the user's list first, then the others in the order of the sources", async () => {
  expect(preferred.name).toBe('preferred');
  expect(usedUrls(await ask(preferred, CANDIDATES))).toEqual(['c', 'b', 'a', 'd']);
});

it('takes nothing else where the user insists', async () => {
  const ranked = await ask(preferred, CANDIDATES, { preferredOnly: true });
  expect(usedUrls(ranked)).toEqual(['c', 'b']);
  expect(ranked).toHaveLength(4);
});

it('falls over to the others when those that are preferred are given up', async () => {
  const out = { out: true, failures: 3 };
  const failed = CANDIDATES.map((each) =>
    each.preferred === undefined ? each : candidate(each.url[8]!, each.position, { preferred: 0, progress: out }),
  );
  expect(usedUrls(await ask(preferred, failed))).toEqual(['a', 'd']);
});

it('is lawful', async () => {
  await expectLawful(preferred);
});
