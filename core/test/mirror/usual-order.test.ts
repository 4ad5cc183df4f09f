import { expect, it } from 'vitest';

import type { MirrorCandidate, RankedMirror } from '../../src/engine/hooks.ts';
import { candidatesFrom } from '../../src/mirror/candidate.ts';
import { usualOrder, type UsualPlace } from '../../src/mirror/usual-order.ts';

const CANDIDATES = candidatesFrom(['a', 'b', 'c', 'd', 'e'].map((name) => `https://${name}.example/`));
const question = { size: 1, remaining: 1, signal: new AbortController().signal };
const nameOf = ({ url }: { readonly url: string }): string => new URL(url).host.slice(0, 1);

function orderOf(names: (draw: number) => string, without = ''): Promise<readonly UsualPlace[]> {
  let draw = 0;
  const ask = (all: readonly MirrorCandidate[]): Promise<RankedMirror[]> => {
    const wanted = names(draw++);
    const ranked = all
      .toSorted((a, b) => wanted.indexOf(nameOf(a)) - wanted.indexOf(nameOf(b)))
      .map((each) => ({ url: each.url, reason: '', use: !without.includes(nameOf(each)) }));
    return Promise.resolve(ranked);
  };
  return usualOrder({ ask }, CANDIDATES, question);
}

it('is the order itself where nothing is left to chance', async () => {
  const places = await orderOf(() => 'edcba', 'ba');
  expect(places.map((each) => [nameOf(each), each.chance, each.use])).toEqual([
    ['e', 1, true],
    ['d', 1, true],
    ['c', 1, true],
    ['b', 0, false],
    ['a', 0, false],
  ]);
});

it('says of each mirror how often a download begins with it', async () => {
  const places = await orderOf((draw) => (draw % 4 === 0 ? 'cdeab' : 'abcde'));
  expect(places.map(nameOf).slice(0, 3)).toEqual(['a', 'c', 'b']);
  expect(Object.fromEntries(places.map((each) => [nameOf(each), each.chance]))).toEqual({
    ...{ a: 0.75, b: 0.75, c: 1, d: 0.25, e: 0.25 },
  });
});
