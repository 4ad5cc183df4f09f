import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { oracleSeconds } from './oracle.ts';
import { SCENARIOS } from './scenarios.ts';
import { scaled, type MirrorSpec, type Scenario } from './spec.ts';

const MB = 1e6;

function of(mirrors: readonly MirrorSpec[], more: Partial<Scenario> = {}): Scenario {
  return { name: 'test', title: '', life: '', size: 100 * MB, mirrors, ...more };
}

const seconds = (...scenario: Parameters<typeof of>): number => oracleSeconds(of(...scenario), 'seed');

describe('the bound', () => {
  test.each<[string, number, readonly MirrorSpec[], Partial<Scenario>]>([
    ['one mirror', 10, [{ rate: 10 * MB }], {}],
    ['two add up', 5, [{ rate: 10 * MB }, { rate: 10 * MB }], {}],
    ['the line limits them', 20, [{ rate: 10 * MB }, { rate: 10 * MB }], { downlink: 5 * MB }],
    ['who has another file does not count', 10, [{ rate: 10 * MB }, { rate: 10 * MB, holds: 'stale' }], {}],
    ['nor who has it with errors', 10, [{ rate: 10 * MB }, { rate: 10 * MB, holds: 'flipped' }], {}],
    ['who sends whole files sends one', 4, [{ rate: 5 * MB }, streaming(20), streaming(15)], {}],
    ['two connections a mirror', 5, [{ rate: 90 * MB, perConnection: 10 * MB }], {}],
    ['one where only one is allowed', 10, [mirrorOfOne()], {}],
    [
      'sixteen connections in all',
      12.5,
      Array.from({ length: 20 }, () => ({ rate: 9 * MB, perConnection: MB / 2 })),
      {},
    ],
    ['two round trips to the first byte', 11, [{ rate: 10 * MB, latencyMs: 500 }], {}],
    ['a collapse', 5 + 50, [{ rate: 10 * MB, changes: [{ when: { share: 0.5 }, rate: MB }] }], {}],
    ['silence for a while', 13, [{ rate: 10 * MB, stall: { after: 50 * MB, seconds: 3 } }], {}],
    ['silence for ever', Infinity, [{ rate: 10 * MB, stall: { after: 50 * MB } }], {}],
    ['nobody has it', Infinity, [{ rate: 10 * MB, holds: 'nothing' }], {}],
  ])('%s', (_, expected, mirrors, more) => {
    expect(seconds(mirrors, more)).toBeCloseTo(expected, 1);
  });

  test('a mirror that comes back is used again', () => {
    const changes = [
      { when: { share: 0.5 }, rate: 0 },
      { when: { seconds: 4 }, rate: 10 * MB },
    ];
    expect(seconds([{ rate: 10 * MB, changes }])).toBeCloseTo(14, 1);
  });

  test('a slow start costs about half of the time that it takes', () => {
    expect(seconds([{ rate: 10 * MB, slowStartMs: 2000 }])).toBeCloseTo(10.45, 1);
  });

  test('another mirror never makes it longer', () => {
    const spec = fc.record({ rate: fc.integer({ min: MB, max: 20 * MB }), latencyMs: fc.nat(300) });
    const property = fc.property(fc.array(spec, { minLength: 1, maxLength: 6 }), spec, (mirrors, more) => {
      expect(seconds([...mirrors, more])).toBeLessThanOrEqual(seconds(mirrors) + 0.01);
    });
    fc.assert(property, { numRuns: 20 });
  });
});

describe('the scenarios', () => {
  test('have names of their own', () => {
    expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBe(SCENARIOS.length);
    expect(SCENARIOS.length).toBeGreaterThanOrEqual(12);
  });

  test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))('%s takes 8 to 20 s', (_, scenario) => {
    expect(oracleSeconds(scenario, 'seed')).toBeGreaterThan(7.9);
    expect(oracleSeconds(scenario, 'seed')).toBeLessThan(20);
  });

  test('scaled, they take as many times shorter', () => {
    const [scenario] = SCENARIOS;
    const small = scaled(scenario!, scenario!.size / 20, 2);
    expect(oracleSeconds(small, 'seed')).toBeCloseTo(oracleSeconds(scenario!, 'seed') / 40, 1);
  });
});

function streaming(megabytes: number): MirrorSpec {
  return { rate: megabytes * MB, perConnection: megabytes * MB, ranges: false };
}

function mirrorOfOne(): MirrorSpec {
  return { rate: 90 * MB, perConnection: 10 * MB, limit: { requests: 1, status: 503 } };
}
