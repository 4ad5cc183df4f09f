import { isLoopstickError, loadCatalog, readStick, type Catalog } from '@loopstick/core';

import type { Session } from './session.ts';

/** What came from a plugin that is about to go. */
export interface PluginTraces {
  /** Ids of images of the catalog whose checksums nobody else vouches for. */
  readonly images: readonly string[];
  /** Ids of images on sticks whose entries its recipes have made; these go on working. */
  readonly onSticks: readonly { readonly stick: string; readonly image: string }[];
}

/**
 * Looks for what a plugin has brought, before it is removed.
 * @param sticks devices or files; nobody remembers where sticks are
 */
export async function pluginTraces(session: Session, id: string, sticks: readonly string[]): Promise<PluginTraces> {
  const onSticks = [];
  for (const stick of sticks) {
    const { manifest } = await readStick(await session.engine(), stick, session.signal);
    for (const { id: image, recipe } of manifest.images) {
      if (recipe.startsWith(`${id}/`)) onSticks.push({ stick, image });
    }
  }
  return { images: imagesOf(await catalogOf(session), id), onSticks };
}

function imagesOf(catalog: Catalog | undefined, id: string): string[] {
  const own = [`upstream:${id}`, `embedded:${id}`];
  return (catalog?.distributions ?? []).flatMap(({ releases }) =>
    releases.flatMap(({ images }) =>
      images
        .filter(({ provenance }) => own.includes(provenance['checksums']?.source ?? ''))
        .map(({ id: image }) => image),
    ),
  );
}

/** None when the engine does not start, which may be why the plugin has to go. */
async function catalogOf({ engine, signal }: Session): Promise<Catalog | undefined> {
  try {
    return await loadCatalog(await engine(), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(error)) return undefined;
    throw error;
  }
}
