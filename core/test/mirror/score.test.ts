import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { anyCandidates, candidate, chance, history } from '../../../test/src/strategies/index.ts';
import { MIRROR_OUTCOMES, type MirrorOutcome, type MirrorProbe } from '../../src/engine/hooks.ts';
import { believedSpeed, drawSpeed, successProbability, weightedShuffle } from '../../src/mirror/score.ts';

const probed = (speed: number, bytes = 262_144): { probe: MirrorProbe } => ({
  probe: { url: '', state: 'current', speed, bytes },
});

describe('the probability of success', () => {
  const after = (successes: number, outcomes: Partial<Record<MirrorOutcome, number>> = {}): number =>
    successProbability(candidate('a', 0, { history: history(successes, undefined, { outcomes }) }));

  it('of an unseen mirror is neither perfect nor bad', () => {
    expect(successProbability(candidate('a', 0))).toBeCloseTo(2 / 3);
    expect(after(20)).toBeGreaterThan(0.9);
    expect(after(0, { timeout: 5 })).toBeLessThan(0.3);
  });

  it('suffers most from wrong bytes, and not from another file under the name', () => {
    const harm = (outcome: MirrorOutcome): number => after(10) - after(10, { [outcome]: 1 });
    expect(harm('stale')).toBe(0);
    const worst = MIRROR_OUTCOMES.toSorted((a, b) => harm(b) - harm(a))[0];
    expect(worst).toBe('corrupt');
    expect(harm('corrupt')).toBeGreaterThan(3 * harm('timeout'));
  });

  it('counts what happens in this download', () => {
    const now = (progress: object): number => successProbability(candidate('a', 0, { progress }));
    expect(now({ failures: 2 })).toBeLessThan(now({}));
    expect(now({ bytes: 1e6 })).toBeGreaterThan(now({}));
    const failed: MirrorProbe = { url: '', state: 'failed', bytes: 0 };
    expect(successProbability(candidate('a', 0, { probe: failed }))).toBeLessThan(0.5);
  });

  it('is one, of anything', () => {
    fc.assert(
      fc.property(anyCandidates, (candidates) => {
        for (const probability of candidates.map(successProbability)) {
          expect(probability).toBeGreaterThan(0);
          expect(probability).toBeLessThan(1 + Number.EPSILON);
        }
      }),
    );
  });
});

describe('what is believed of a speed', () => {
  it('is nothing at first', () => {
    expect(believedSpeed(candidate('a', 0, { progress: { connections: 1 } }))).toBeUndefined();
  });

  it('is what it does now, once it has had the time to show it', () => {
    const old = { history: history(9, 8e6), ...probed(6e6) };
    const now = (bytes: number): number | undefined =>
      believedSpeed(candidate('a', 0, { ...old, progress: { connections: 1, bytes, speed: 1e6 } }))?.mean;
    expect(now(5e6)).toBe(1e6);
    expect(now(1e6)).toBeGreaterThan(6e6);
    const faster = { ...old, progress: { connections: 1, bytes: 1e6, speed: 2e7 } };
    expect(believedSpeed(candidate('a', 0, faster))?.mean).toBe(2e7);
  });

  it('lies between a probe and the past, and is surer than either', () => {
    const past = { history: history(5, 8e6) };
    const [one, other, both] = [probed(2e6), past, { ...past, ...probed(2e6) }].map((known) =>
      believedSpeed(candidate('a', 0, known)),
    );
    expect(both!.mean).toBeGreaterThan(one!.mean);
    expect(both!.mean).toBeLessThan(other!.mean);
    expect(both!.deviation).toBeLessThan(Math.min(one!.deviation, other!.deviation));
    expect(both!.from).toBe('probe');
  });

  it('is surer after more bytes and after more downloads', () => {
    const deviation = (known: object): number => believedSpeed(candidate('a', 0, known))!.deviation;
    expect(deviation(probed(1e6, 4e6))).toBeLessThan(deviation(probed(1e6)));
    expect(deviation({ history: history(20, 1e6) })).toBeLessThan(deviation({ history: history(1, 1e6) }));
  });

  it('is a number, of anything', () => {
    fc.assert(
      fc.property(anyCandidates, fc.integer(), (candidates, seed) => {
        for (const belief of candidates.map(believedSpeed)) {
          if (belief === undefined) continue;
          const drawn = drawSpeed(belief, chance(seed));
          for (const number of [belief.mean, belief.deviation, drawn]) expect(number).toBeGreaterThan(0);
        }
      }),
    );
  });
});

it('draws speeds around the mean, the further the less is known', () => {
  const random = chance(1);
  const logs = (deviation: number): number[] =>
    Array.from({ length: 2000 }, () => Math.log(drawSpeed({ mean: 1e6, deviation }, random) / 1e6));
  for (const deviation of [0.3, 1]) {
    const drawn = logs(deviation);
    const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
    const spread = Math.sqrt(drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0) / drawn.length);
    expect(Math.abs(mean)).toBeLessThan(0.1 * deviation);
    expect(Math.abs(spread / deviation - 1)).toBeLessThan(0.1);
  }
  expect(drawSpeed({ mean: 1e6, deviation: 1 }, () => 1)).toBeGreaterThan(0);
  expect(drawSpeed({ mean: 1e6, deviation: 1 }, () => 0)).toBeGreaterThan(0);
});

it('shuffles so that what weighs thrice as much comes first thrice as often', () => {
  const random = chance(1);
  const firsts = Array.from({ length: 4000 }, () => weightedShuffle([1, 3], (weight) => weight, random)[0]);
  const share = firsts.filter((first) => first === 3).length / firsts.length;
  expect(Math.abs(share - 0.75)).toBeLessThan(0.03);
  expect(weightedShuffle([1, 2, 3], () => 1, random).toSorted()).toEqual([1, 2, 3]);
});
