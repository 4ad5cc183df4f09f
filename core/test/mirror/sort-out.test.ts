import fc from 'fast-check';
import { expect, it } from 'vitest';

import { anyCandidates, candidate } from '../../../test/src/strategies/index.ts';
import type { MirrorProbe } from '../../src/engine/hooks.ts';
import { sortOut } from '../../src/mirror/sort-out.ts';

const probe = (state: MirrorProbe['state']): { probe: MirrorProbe } => ({ probe: { url: '', state, bytes: 0 } });
const names = (of: readonly { readonly url: string }[]): string[] => of.map(({ url }) => url.slice(8, 9));

it('keeps the order of the sources, without what cannot be used', () => {
  const candidates = [
    candidate('d', 3),
    candidate('b', 1, { progress: { out: true, failures: 3 } }),
    candidate('a', 0, probe('failed')),
    candidate('c', 2, probe('stale')),
    candidate('e', 4, probe('missing')),
  ];
  const { usable, rest } = sortOut(candidates, { preferredOnly: false });
  expect(names(usable)).toEqual(['a', 'd']);
  expect(names(rest)).toEqual(['b', 'c', 'e']);
  expect(rest.every(({ use }) => use === false)).toBe(true);
  expect(new Set(rest.map(({ reason }) => reason)).size).toBe(3);
});

it('believes no probes when they leave nothing, but never those that were given up', () => {
  const candidates = [candidate('a', 0, probe('missing')), candidate('b', 1, { progress: { out: true } })];
  expect(names(sortOut(candidates, { preferredOnly: false }).usable)).toEqual(['a']);
});

it('takes nothing but preferred mirrors where the user insists', () => {
  const candidates = [candidate('a', 0), candidate('b', 1, { preferred: 0, ...probe('stale') }), candidate('c', 2)];
  expect(names(sortOut(candidates, { preferredOnly: true }).usable)).toEqual(['b']);
  expect(names(sortOut(candidates.slice(2), { preferredOnly: true }).usable)).toEqual([]);
  const own = candidate('d', 3, { sources: ['settings'] });
  expect(names(sortOut([...candidates, own], { preferredOnly: true }).usable)).toEqual(['d']);
});

it('puts every mirror on one side', () => {
  fc.assert(
    fc.property(anyCandidates, fc.boolean(), (candidates, preferredOnly) => {
      const { usable, rest } = sortOut(candidates, { preferredOnly });
      expect([...usable, ...rest].map(({ url }) => url).toSorted()).toEqual(
        candidates.map(({ url }) => url).toSorted(),
      );
    }),
  );
});
