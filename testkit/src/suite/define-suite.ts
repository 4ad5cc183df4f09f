import { test } from 'node:test';

import type { SuiteOptions } from './options.ts';
import { pluginChecks } from './plugin-checks.ts';

/** What a runner of tests offers: that of node:test, `it` of vitest. */
export type DefineTest = (name: string, run: (context: { skip(reason?: string): unknown }) => Promise<void>) => unknown;

/**
 * Defines a test for each check that fits the plugin's kinds. The plugin runs as it will with its users: in the engine,
 * and its code in a process of its own.
 * @param define node:test's own when missing
 */
export async function definePluginSuite(options: SuiteOptions, define: DefineTest = test): Promise<void> {
  for (const { name, run } of await pluginChecks(options)) {
    define(name, async (context) => {
      const skipped = await run();
      if (skipped !== undefined) context.skip(skipped);
    });
  }
}
