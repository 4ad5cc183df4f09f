import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test, vi } from 'vitest';

import { strategyNames } from './run.ts';
import { SCENARIOS } from './scenarios.ts';
import { shortened, tryScenario } from './try-scenario.ts';

const MiB = 1024 * 1024;

// A proxy is not meant for the addresses of this machine.
vi.stubEnv('no_proxy', '*');
const home = await mkdtemp(join(tmpdir(), 'loopstick-lab-'));
afterAll(() => rm(home, { recursive: true, force: true }));
const strategies = await strategyNames(home);
const right = { failed: undefined, isRight: true, lost: [], probes: 0 };

test.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))(
  '%s: every strategy brings the right bytes, and does not probe for a small file',
  async (_, scenario) => {
    const short = shortened(scenario, 2 * MiB, 0.1);
    const outcomes = await Promise.all(
      strategies.map(async (strategy) => {
        const { failed, isRight, warnings, log } = await tryScenario(short, strategy);
        expect(log.askings.length).toBeGreaterThanOrEqual(1);
        expect(log.askings.some(({ mayProbe }) => mayProbe)).toBe(false);
        const lost = warnings.filter((code) => code.startsWith('PLUGIN_'));
        return [strategy, { failed, isRight, lost, probes: log.probed.length }];
      }),
    );
    expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(strategies.map((name) => [name, right])));
  },
  // A dozen downloads at the same time.
  120_000,
);
