import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createEngine, parseSettings, type Engine, type EngineOptions } from '@loopstick/core';

/** How long a plugin that was told to stop may go on. */
const GRACE_MS = 1_000;
/** About Node, and not about the plugin. */
const NOT_ITS_FAULT = ['PLUGIN_UNFENCED'];

export interface Stage {
  readonly engine: Engine;
  /** Fails when the engine has lost something of the plugin's, or has ended its process. */
  requireWhole(): void;
}

/** An engine with this plugin and no other, as after its installation, for as long as `use` needs it. */
export async function onStage<T>(
  directory: string,
  use: (stage: Stage) => Promise<T>,
  options: Pick<EngineOptions, 'deadlines'> & { readonly others?: readonly string[] } = {},
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'loopstick-testkit-'));
  const { others = [], ...rest } = options;
  const engine = await createEngine({
    ...rest,
    plugins: [...others, { directory, trust: 'unsigned' }],
    settings: parseSettings({}, 'the testkit'),
    context: { env: { PATH: process.env['PATH'], LOOPSTICK_HOME: home } },
    isolation: { graceMs: GRACE_MS },
  });
  const losses: Error[] = [];
  engine.events.on('warning', (warning) => {
    if (warning.code.startsWith('PLUGIN_') && !NOT_ITS_FAULT.includes(warning.code)) losses.push(warning);
  });
  const requireWhole = (): void => {
    const [status] = engine.plugins.filter(({ manifest }) => manifest.directory === directory);
    if (status?.error !== undefined) throw status.error as Error;
    const [first] = losses;
    if (first !== undefined) throw first;
    assert.ok(status, 'the engine does not know the plugin');
  };
  try {
    return await use({ engine, requireWhole });
  } finally {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  }
}

/**
 * What a call comes to whose time is soon over. The plugin may answer, or give up late; it may not go on for ever.
 * Whatever it does then, its process must be there after the grace.
 */
export async function requireStops({ requireWhole }: Stage, call: () => Promise<unknown>): Promise<void> {
  const isLate = await call().then(
    () => false,
    () => true,
  );
  if (isLate) await new Promise((resolve) => setTimeout(resolve, 1.5 * GRACE_MS));
  requireWhole();
}
