import type { MirrorCandidate, MirrorProbe, MirrorStrategy, RankedMirror } from '@loopstick/core';
import fc from 'fast-check';
import { expect } from 'vitest';

import { anyCandidates } from './any-candidates.ts';
import { ask } from './ask.ts';

/** What holds for every strategy, whatever mirrors it is given. */
export async function expectLawful(strategy: MirrorStrategy): Promise<void> {
  const questions = fc.record({
    seed: fc.integer(),
    size: fc.integer({ min: 0, max: 1e11 }),
    preferredOnly: fc.boolean(),
    place: fc.constantFrom({}, { country: 'de', continent: 'eu' as const }, { country: 'us' }),
  });
  await fc.assert(
    fc.asyncProperty(anyCandidates, questions, fc.boolean(), async (candidates, question, mayProbe) => {
      const asked: string[] = [];
      const probe = async (url: string): Promise<MirrorProbe> => {
        asked.push(url);
        return { url, state: 'current', speed: 1e6, firstByteMs: 10, bytes: 262_144 };
      };
      const given = structuredClone(candidates);
      const ranked = await ask(strategy, candidates, { ...question, ...(mayProbe && { probe }) });

      // Every candidate once, and nothing is kept or changed.
      expect(ranked.map(({ url }) => url).toSorted()).toEqual(candidates.map(({ url }) => url).toSorted());
      expect(candidates).toEqual(given);
      expectSensible(candidates, ranked, question.preferredOnly);
      // One request a mirror, and not to one that is out or in use.
      expect(asked.length).toBe(new Set(asked).size);
      for (const { progress } of candidates.filter(({ url }) => asked.includes(url))) {
        expect(progress?.out !== true && (progress?.connections ?? 0) === 0).toBe(true);
      }
      expect(await ask(strategy, candidates, { ...question, ...(mayProbe && { probe }) })).toEqual(ranked);
    }),
  );
}

function expectSensible(
  candidates: readonly MirrorCandidate[],
  ranked: readonly RankedMirror[],
  preferredOnly: boolean,
): void {
  for (const { url, use, reason, expected } of ranked) {
    const about = candidates.find((each) => each.url === url);
    expect(reason).toMatch(/^\S[^\n]*$/);
    expect(reason).not.toMatch(/NaN|Infinity|undefined/);
    if (expected !== undefined) expect(expected).toSatisfy((value: number) => Number.isFinite(value) && value > 0);
    const unwanted = preferredOnly && about?.preferred === undefined;
    if (about?.progress?.out === true || unwanted) expect(use).toBe(false);
  }
  const possible = candidates.filter(
    ({ progress, preferred }) => progress?.out !== true && (!preferredOnly || preferred !== undefined),
  );
  if (possible.length > 0) expect(ranked.some(({ use }) => use !== false)).toBe(true);
}
