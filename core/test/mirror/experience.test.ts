import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MIRROR_OUTCOMES } from '../../src/engine/hooks.ts';
import { aged, historyOf, inexperience, taught, type Experience } from '../../src/mirror/experience.ts';

const DAY = 24 * 60 * 60 * 1000;
const speeds = (...values: readonly number[]): Experience =>
  values.reduce((known, speed) => taught(known, { outcome: 'success', speed }, 0), inexperience(0));

describe('experience with a mirror', () => {
  it('counts half after two weeks', () => {
    const known = taught(speeds(1e6, 2e6), { outcome: 'timeout' }, 0);
    const { outcomes, speed } = historyOf(known, 14 * DAY);
    expect(outcomes.success).toBeCloseTo(1);
    expect(outcomes.timeout).toBeCloseTo(0.5);
    expect(speed?.weight).toBeCloseTo(1);
    // What was measured does not change, only how much it is believed.
    expect(speed?.mean).toBeCloseTo(Math.sqrt(2) * 1e6);
  });

  it('does not count more when the clock is set back', () => {
    const known = taught(inexperience(10 * DAY), { outcome: 'success' }, 10 * DAY);
    expect(historyOf(known, 0).outcomes.success).toBe(1);
  });

  it('says nothing of speed before anything was measured', () => {
    expect(historyOf(taught(inexperience(0), { outcome: 'reset' }, 0), 0).speed).toBeUndefined();
    expect(historyOf(taught(inexperience(0), { outcome: 'success', speed: 0 }, 0), 0).speed).toBeUndefined();
  });

  it('is the surer of a speed the more often it was measured, and the less the more it varies', () => {
    const deviation = (known: Experience): number => historyOf(known, 0).speed?.deviation ?? NaN;
    expect(deviation(speeds(1e6, 1e6, 1e6, 1e6))).toBeLessThan(deviation(speeds(1e6)));
    expect(deviation(speeds(1e5, 1e7, 1e5, 1e7))).toBeGreaterThan(deviation(speeds(1e6, 1e6, 1e6, 1e6)));
  });

  it('follows a mirror that has become slow', () => {
    let known = speeds(...Array.from({ length: 20 }, () => 10e6));
    for (let week = 1; week <= 6; week++) known = taught(known, { outcome: 'success', speed: 1e6 }, week * 7 * DAY);
    expect(historyOf(known, 42 * DAY).speed?.mean).toBeLessThan(4e6);
  });

  it('mixes delays slowly', () => {
    const once = taught(inexperience(0), { outcome: 'success', connectMs: 10 }, 0);
    const twice = taught(once, { outcome: 'success', connectMs: 110 }, 0);
    expect(once.connectMs).toBe(10);
    expect(twice.connectMs).toBeGreaterThan(10);
    expect(twice.connectMs).toBeLessThan(60);
  });

  it('stays a number whatever is learned', () => {
    const lesson = fc.record({
      outcome: fc.constantFrom(...MIRROR_OUTCOMES),
      speed: fc.option(fc.double(), { nil: undefined }),
      at: fc.integer({ min: -1e13, max: 1e13 }),
    });
    fc.assert(
      fc.property(fc.array(lesson, { maxLength: 30 }), (lessons) => {
        let known = inexperience(0);
        for (const { at, ...each } of lessons) known = taught(known, each, at);
        const { outcomes, speed } = historyOf(aged(known, 0), 0);
        for (const value of Object.values(outcomes)) expect(value).toBeGreaterThanOrEqual(0);
        if (speed !== undefined) expect([speed.mean, speed.deviation, speed.weight]).not.toContain(NaN);
      }),
    );
  });
});
