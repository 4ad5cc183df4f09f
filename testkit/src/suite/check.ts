import type { PluginManifest } from '@loopstick/core';

import type { SuiteOptions } from './options.ts';

/** One thing that a plugin has to stand. Needs no runner of tests. */
export interface PluginCheck {
  readonly name: string;
  /** Rejects when the plugin does not stand it; resolves to the reason where it could not be tried here. */
  run(): Promise<string | undefined>;
}

export type ChecksOf = (manifest: PluginManifest, options: SuiteOptions) => readonly PluginCheck[];

/** A check that can be tried everywhere. */
export function check(name: string, run: () => Promise<void>): PluginCheck {
  return {
    name,
    async run() {
      await run();
      return undefined;
    },
  };
}
