import type { MirrorStrategy } from '@loopstick/core';
import { expect, test, vi } from 'vitest';

import type { MirrorSpec, Scenario } from './spec.ts';
import { tryScenario } from './try-scenario.ts';

const MiB = 1024 * 1024;

// A proxy is not meant for the addresses of this machine.
vi.stubEnv('no_proxy', '*');

function of(size: number, mirrors: readonly MirrorSpec[]): Scenario {
  return { name: 'manners', title: '', life: '', size, mirrors };
}

/** Wants to know everything at once, as soon as it may. */
const curious: MirrorStrategy = {
  name: 'curious',
  description: 'Probes everybody at the same time',
  async rank(candidates, { probe }) {
    if (probe !== undefined) {
      await Promise.all(candidates.map(({ url }) => probe(url, { bytes: 256 * 1024, ms: 5000 })));
    }
    return candidates.map(({ url }) => ({ url, reason: 'as it came' }));
  },
};

const times = (count: number, spec: MirrorSpec): MirrorSpec[] => Array.from({ length: count }, () => spec);

test.each(['ordered', 'adaptive'])(
  'a mirror with another file is left out, and nothing is held against it (%s)',
  async (strategy) => {
    const [good, stale] = [{ rate: 8 * MiB }, { rate: 30 * MiB, holds: 'stale' as const }];
    const scenario = of(12 * MiB, [stale, good, stale, good, good]);
    const { isRight, lessons, delivered, urls } = await tryScenario(scenario, strategy);
    expect(isRight).toBe(true);
    expect(Object.keys(delivered)).not.toContain(urls[0]);
    expect(Object.keys(delivered)).not.toContain(urls[2]);
    const blamed = lessons.filter(({ outcome }) => outcome !== 'success');
    expect(blamed.length).toBeGreaterThan(0);
    for (const { mirror, outcome } of blamed) {
      expect([0, 2]).toContain(mirror);
      expect(outcome).toBe('stale');
    }
  },
);

test.each(['ordered', 'adaptive'])('a mirror that sends wrong bytes is found out (%s)', async (strategy) => {
  const good = { rate: 6 * MiB };
  const { isRight, lessons } = await tryScenario(
    of(12 * MiB, [{ rate: 12 * MiB, holds: 'flipped' }, good, good]),
    strategy,
  );
  expect(isRight).toBe(true);
  const outcomes = new Map(lessons.map(({ mirror, outcome }) => [mirror, outcome]));
  expect(outcomes.get(0)).not.toBe('success');
  expect([outcomes.get(1), outcomes.get(2)]).toEqual(['success', 'success']);
});

test.each(['adaptive', 'fastest'])('who asks around keeps to two connections a mirror (%s)', async (strategy) => {
  const { isRight, log, counts } = await tryScenario(
    of(24 * MiB, times(10, { rate: 2 * MiB, latencyMs: 20 })),
    strategy,
  );
  expect(isRight).toBe(true);
  expect(log.askings.some(({ mayProbe }) => mayProbe)).toBe(true);
  expect(log.probed.length).toBeGreaterThan(0);
  expect(Math.max(...counts.map(({ mostAtOnce }) => mostAtOnce))).toBeLessThanOrEqual(2);
});

test('no more than four probes run at the same time, whatever a strategy wants, and they cost nothing', async () => {
  const connections = { perJob: 2, perHost: 2 };
  const scenario = of(20 * MiB, times(14, { rate: 2 * MiB }));
  const { isRight, log, mostAtOnce, counts } = await tryScenario(scenario, curious, { connections });
  expect(isRight).toBe(true);
  expect(log.probed.filter(({ bytes }) => bytes > 0).length).toBeGreaterThan(4);
  // What they bring belongs to the file; samples, by which files are compared, and the end of the race come twice.
  expect(counts.reduce((sum, { sent }) => sum + sent, 0)).toBeLessThan(scenario.size * 1.25);
  // Those of the transfer, one that helps where another has collapsed, and the probes.
  expect(mostAtOnce).toBeLessThanOrEqual(2 + 1 + 4);
});

test.each(['adaptive', 'fastest'])('nobody is probed for a file below 16 MiB (%s)', async (strategy) => {
  const { isRight, log } = await tryScenario(of(16 * MiB - 1, times(6, { rate: 3 * MiB })), strategy);
  expect(isRight).toBe(true);
  expect(log.askings.some(({ mayProbe }) => mayProbe)).toBe(false);
  expect(log.probed).toEqual([]);
});

test('every request says who asks, and where to complain', async () => {
  const { requests } = await tryScenario(of(20 * MiB, times(5, { rate: 5 * MiB })), 'adaptive');
  const agents = new Set(requests.flat().map(({ headers }) => headers['user-agent']));
  expect([...agents]).toEqual([expect.stringMatching(/^Loopstick\/\S+ \(\+https:\/\/\S+\)$/)]);
});

test('a mirror that refuses a second connection is not asked for one again and again', async () => {
  const limit = { requests: 1, status: 503 } as const;
  const { isRight, requests } = await tryScenario(of(12 * MiB, times(4, { rate: 3 * MiB, limit })), 'ordered');
  expect(isRight).toBe(true);
  const refused = requests.map((ofMirror) => ofMirror.filter(({ status }) => status === 503).length);
  expect(Math.max(...refused)).toBeLessThanOrEqual(3);
});
