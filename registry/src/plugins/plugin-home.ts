import type { Context, LoopstickError, Settings } from '@loopstick/core';

import type { TrustedRegistry } from '../client/trusted-registries.ts';

/** What everything about installed plugins needs to know. */
export interface PluginHome {
  readonly context: Pick<Context, 'paths' | 'random' | 'now' | 'clock' | 'fetchDocument'>;
  readonly settings: Pick<Settings, 'plugins'>;
  readonly registries: readonly TrustedRegistry[];
  /** Ids of the plugins that come with the program: nothing else is to have one of them. */
  readonly bundled: readonly string[];
  /** Told of what is worth knowing and stops nothing. */
  readonly warn: (warning: LoopstickError) => void;
}
