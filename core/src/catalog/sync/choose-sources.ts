import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import { REMOTE_LAYERS, type CatalogSource } from '../../engine/hooks.ts';
import { SYNC_ERRORS } from './sync-errors.ts';

export interface OwnedSource {
  readonly source: CatalogSource;
  /** Whose it is; `loopstick` for the program's own. */
  readonly pluginId: string;
}

/**
 * The sources on the web that are meant by these names, all when there are none, in the order of registration. What
 * stands behind the colon of a name will do: `distro-ubuntu` for `upstream:distro-ubuntu`.
 *
 * @throws LoopstickError CATALOG_UNKNOWN_SOURCE
 */
export async function chooseSources(
  engine: Pick<Engine, 'readCatalogSources'>,
  names: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, OwnedSource>> {
  const all = new Map(
    [...(await allSources(engine, signal))].filter(([, { source }]) => REMOTE_LAYERS.has(source.layer)),
  );
  if (names === undefined || names.length === 0) return all;
  const wanted = new Set<string>();
  for (const name of names) {
    const found = [...all.keys()].filter((each) => each === name || each.slice(each.indexOf(':') + 1) === name);
    if (found.length === 0) {
      throw failure(SYNC_ERRORS.unknownSource, { source: name, offered: [...all.keys()].join(', ') || 'none' });
    }
    for (const each of found) wanted.add(each);
  }
  return new Map([...all].filter(([name]) => wanted.has(name)));
}

/** All sources that there are, in the order of registration; without `load` those that are known without code of plugins. */
export async function allSources(
  engine: Pick<Engine, 'readCatalogSources'>,
  signal: AbortSignal,
  { load = true }: { readonly load?: boolean } = {},
): Promise<Map<string, OwnedSource>> {
  const found = new Map<string, OwnedSource>();
  // Whoever is asked whether a source is wanted learns which ones there are.
  const wants = (source: CatalogSource, pluginId: string): boolean => {
    found.set(source.name, { source, pluginId });
    return false;
  };
  await engine.readCatalogSources({ signal, load, wants });
  return found;
}
