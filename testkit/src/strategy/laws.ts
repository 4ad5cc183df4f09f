import assert from 'node:assert/strict';

import type { MirrorCandidate, MirrorProbe, MirrorStrategy, RankedMirror } from '@loopstick/core';
import fc from 'fast-check';

import { anyCandidates } from './any-candidates.ts';
import { ask } from './ask.ts';

/** What holds for every strategy, whatever mirrors it is given. */
export async function expectLawful(
  strategy: MirrorStrategy,
  { runs = 100 }: { readonly runs?: number } = {},
): Promise<void> {
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
      assert.deepEqual(ranked.map(({ url }) => url).toSorted(), candidates.map(({ url }) => url).toSorted());
      assert.deepEqual(structuredClone(candidates), given, 'what it is given is changed');
      expectSensible(candidates, ranked, question.preferredOnly);
      // One request a mirror, and not to one that is out or in use.
      assert.equal(asked.length, new Set(asked).size, 'a mirror is probed twice at once');
      for (const { progress } of candidates.filter(({ url }) => asked.includes(url))) {
        assert.ok(
          progress?.out !== true && (progress?.connections ?? 0) === 0,
          'a mirror is probed that is out or in use',
        );
      }
      const again = await ask(strategy, candidates, { ...question, ...(mayProbe && { probe }) });
      assert.deepEqual(again, ranked, 'the same question has another answer');
    }),
    { numRuns: runs },
  );
}

function expectSensible(
  candidates: readonly MirrorCandidate[],
  ranked: readonly RankedMirror[],
  preferredOnly: boolean,
): void {
  for (const { url, use, reason, expected } of ranked) {
    const about = candidates.find((each) => each.url === url);
    assert.match(reason, /^\S[^\n]*$/, 'a reason is one line');
    assert.doesNotMatch(reason, /NaN|Infinity|undefined/);
    if (expected !== undefined) assert.ok(Number.isFinite(expected) && expected > 0, `a speed of ${expected}`);
    const unwanted = preferredOnly && about?.preferred === undefined;
    if (about?.progress?.out === true || unwanted) assert.equal(use, false, `${url} is to be used, though it is out`);
  }
  const possible = candidates.filter(
    ({ progress, preferred }) => progress?.out !== true && (!preferredOnly || preferred !== undefined),
  );
  if (possible.length > 0)
    assert.ok(
      ranked.some(({ use }) => use !== false),
      'nothing is to be used',
    );
}
