import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createContext, parseSettings, type Engine } from '@loopstick/core';
import { expect, onTestFinished, test } from 'vitest';

import { syncInBackground, type Surroundings } from '../src/background-sync.ts';

/** Whether a process was started, where no sync has ever been. */
async function starts(changes: Partial<Surroundings>, refreshHours = 24): Promise<boolean> {
  const home = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const engine: Pick<Engine, 'context' | 'settings'> = {
    context: createContext({ env: { LOOPSTICK_HOME: home } }),
    settings: parseSettings({ catalog: { refreshHours } }, 'settings'),
  };
  let started = false;
  const start = (): void => {
    started = true;
  };
  await syncInBackground(engine, { isTTY: true, env: {}, start, ...changes });
  return started;
}

test('the catalog is synced after a command when it is time to and a person is there', async () => {
  expect(await starts({})).toBe(true);
  expect(await starts({ env: { CI: 'false' } })).toBe(true);
});

test.each([
  ['for a program', { isTTY: false }, 24],
  ['in automation', { env: { CI: 'true' } }, 24],
  ['when the user never wants it', {}, 0],
] as const)('but not %s', async (_, changes, refreshHours) => {
  expect(await starts(changes, refreshHours)).toBe(false);
});
