import assert from 'node:assert/strict';

import type { MirrorProbe, MirrorStrategy, PluginManifest, RankedMirror } from '@loopstick/core';
import fc from 'fast-check';

import { check, type ChecksOf } from '../suite/check.ts';
import { onStage, requireStops, type Stage } from '../suite/stage.ts';
import { anyCandidates } from './any-candidates.ts';
import { ask, candidate } from './ask.ts';
import { expectLawful } from './laws.ts';

/** Each question takes a way to another process and back. */
const RUNS = 40;
/** Of many mirrors each, so that what is remembered of one question matters in another. */
const MEMORIES = 12;
/** More than any download has, and no more than an engine sends at once. */
const CROWD = 3_000;

/** More than an answer takes on a slow machine, and less than users wait. */
const PATIENT = { mirrorStrategy: 10_000, mirrorOrder: 10_000 };

export const strategyChecks: ChecksOf = (manifest) => {
  if (manifest.entry === undefined || !manifest.kinds.includes('mirror-strategy@1')) return [];
  return [
    check('it ranks any mirrors lawfully, and the same ones in the same way', async () => {
      await eachStrategy(manifest, async (strategy) => expectLawful(strategy, { runs: RUNS }), PATIENT);
    }),
    check('it keeps nothing of what it was asked before', async () => {
      const questions = fc.sample(anyCandidates, { seed: 7, numRuns: MEMORIES });
      const inOrder = await answers(manifest, questions);
      // In another process, which has seen none of what the first had seen by then.
      const backwards = await answers(manifest, questions.toReversed());
      assert.deepEqual(backwards.toReversed(), inOrder, 'an answer depends on the questions before it');
    }),
    check('it takes no mirrors, and thousands of them', async () => {
      await eachStrategy(manifest, async (strategy) => {
        assert.deepEqual(await ask(strategy, []), []);
        const crowd = Array.from({ length: CROWD }, (_, index) => candidate(`m${index}`, index));
        const ranked = await ask(strategy, crowd);
        assert.equal(new Set(ranked.map(({ url }) => url)).size, CROWD);
      });
    }),
    check('it stops when its time is over', async () => {
      const deadlines = { mirrorStrategy: 300, mirrorOrder: 300 };
      const work = async (strategy: MirrorStrategy, stage: Stage): Promise<void> => {
        // An answer that comes when nobody waits for it any more.
        const probe = async (url: string): Promise<MirrorProbe> => {
          await new Promise((resolve) => setTimeout(resolve, 600));
          return { url, state: 'failed', bytes: 0 };
        };
        await requireStops(stage, () => ask(strategy, [candidate('a', 0), candidate('b', 1)], { probe }));
      };
      await eachStrategy(manifest, work, deadlines);
    }),
  ];
};

/** Of all its strategies, in a process of their own. */
async function answers(
  manifest: PluginManifest,
  questions: readonly Parameters<typeof ask>[1][],
): Promise<readonly (readonly RankedMirror[][])[]> {
  const all: RankedMirror[][][] = questions.map(() => []);
  await eachStrategy(
    manifest,
    async (strategy) => {
      for (const [at, candidates] of questions.entries()) all[at]?.push([...(await ask(strategy, candidates))]);
    },
    PATIENT,
  );
  return all;
}

async function eachStrategy(
  { directory, id }: PluginManifest,
  use: (strategy: MirrorStrategy, stage: Stage) => Promise<void>,
  deadlines = {},
): Promise<void> {
  await onStage(
    directory,
    async (stage) => {
      const own = (await stage.engine.mirrorStrategies()).filter(({ pluginId }) => pluginId === id);
      stage.requireWhole();
      assert.ok(own.length > 0, 'it adds no mirror strategy');
      for (const strategy of own) await use(strategy, stage);
      stage.requireWhole();
    },
    { deadlines },
  );
}
