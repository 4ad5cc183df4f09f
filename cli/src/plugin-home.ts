import { join } from 'node:path';

import { createContext, loadSettings } from '@loopstick/core';
import { createDocumentFetcher, originRewrite, trustedRegistries, type PluginHome } from '@loopstick/registry';

import { bundledIds, type Session } from './session.ts';

/** What commands about plugins work with. No engine: they are to work when two plugins keep it from starting. */
export async function pluginHome({ terminal }: Session): Promise<PluginHome> {
  const world = createContext();
  const settings = await loadSettings(world.paths.config);
  const fetchDocument = createDocumentFetcher({
    ...world,
    cacheDirectory: join(world.paths.cache, 'http'),
    rewrite: originRewrite(settings.catalog.origins),
  });
  return {
    context: { ...world, fetchDocument },
    settings,
    registries: await trustedRegistries(settings, world.paths),
    bundled: bundledIds(),
    warn: (warning) => {
      terminal.warn(warning);
    },
  };
}
