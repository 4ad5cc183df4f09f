import { inspectPlugin } from '@loopstick/core';

import { bootloaderChecks } from '../bootloader/checks.ts';
import { bootChecks } from '../distro/boot-checks.ts';
import { recipeChecks } from '../distro/recipe-checks.ts';
import { upstreamChecks } from '../distro/upstream-checks.ts';
import { purityChecks } from '../purity/checks.ts';
import { strategyChecks } from '../strategy/checks.ts';
import { transportChecks } from '../transport/checks.ts';
import { manifestChecks } from './manifest-checks.ts';
import type { ChecksOf, PluginCheck } from './check.ts';
import type { SuiteOptions } from './options.ts';

const ALL: readonly ChecksOf[] = [
  manifestChecks,
  purityChecks,
  strategyChecks,
  upstreamChecks,
  recipeChecks,
  bootChecks,
  transportChecks,
  bootloaderChecks,
];

/** The checks that fit the plugin. When its manifest or one of its documents is not valid, there is one, which fails. */
export async function pluginChecks(options: SuiteOptions): Promise<readonly PluginCheck[]> {
  try {
    const manifest = await inspectPlugin(options.directory, AbortSignal.timeout(60_000));
    return ALL.flatMap((checksOf) => checksOf(manifest, options));
  } catch (error) {
    const problem = error instanceof Error ? error : new Error(String(error));
    return [{ name: 'its manifest and its documents are valid', run: () => Promise.reject(problem) }];
  }
}
