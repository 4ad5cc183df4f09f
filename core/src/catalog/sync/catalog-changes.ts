import type { Engine } from '../../engine/engine.ts';
import type { CatalogLayer } from '../../engine/hooks.ts';
import { CatalogStore } from '../store/catalog-store.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { chooseSources } from './choose-sources.ts';
import { compareDocuments, type ImageChange } from './compare.ts';

/** What changed when a source last said something new. */
export interface SourceChanges {
  readonly source: string;
  readonly layer: CatalogLayer;
  /** ISO 8601; missing when it was never read. */
  readonly at?: string | undefined;
  /** Of the first reading everything is new, which says nothing: `changes` is empty then. */
  readonly first: boolean;
  readonly images: number;
  readonly changes: readonly ImageChange[];
}

/**
 * The last change of each of these sources, of all when none are named. Asks nobody.
 * @throws LoopstickError CATALOG_UNKNOWN_SOURCE, CATALOG_STORE_UNREADABLE; the signal's reason
 */
export async function catalogChanges(
  engine: Engine,
  { signal, sources }: { readonly signal: AbortSignal; readonly sources?: readonly string[] | undefined },
): Promise<SourceChanges[]> {
  const store = new CatalogStore(engine.context);
  const chosen = await chooseSources(engine, sources, signal);
  return Promise.all(
    [...chosen.values()].map(async ({ source: { name, layer } }): Promise<SourceChanges> => {
      const stored = await store.read(name);
      if (stored === undefined) return { source: name, layer, first: true, images: 0, changes: [] };
      const { changed, document, previous } = stored;
      const about = { source: name, layer, at: changed, images: document.images };
      if (previous === undefined) return { ...about, first: true, changes: [] };
      return { ...about, first: false, changes: await lastChange(store, stored, previous) };
    }),
  );
}

async function lastChange(
  store: CatalogStore,
  stored: StoredSource,
  previous: StoredSource['document'],
): Promise<ImageChange[]> {
  const [before, after] = await Promise.all([store.document(stored, previous), store.document(stored)]);
  return compareDocuments(before, after);
}
