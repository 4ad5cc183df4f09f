import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import type { CatalogSource } from '../../engine/hooks.ts';
import type { CatalogDocument } from '../schema.ts';
import type { SourcedDocument } from '../speaker.ts';
import { allSources } from '../sync/choose-sources.ts';
import { SYNC_ERRORS } from '../sync/sync-errors.ts';
import { restsOnSame } from './basis.ts';
import { CatalogStore, type StoredOutcome } from './catalog-store.ts';
import { hashOfRules, pinsOf } from './reading-rules.ts';
import type { StoredSource } from './stored-source.ts';
import { withdrawSignatures } from './withdraw-signatures.ts';

/** What is known of a source on the web: what it said, or why that cannot be used. */
export type StoredSaying = { readonly source: CatalogSource; readonly pluginId: string } & (
  | {
      readonly sourced: SourcedDocument;
      /** CATALOG_OUT_OF_DATE, CATALOG_KEY_GONE: what is to be known of it. */
      readonly warnings: readonly LoopstickError[];
    }
  | { readonly error: LoopstickError }
);

/** Whose the program's own sources are. */
const OWN = 'loopstick';

type Owner = Pick<Engine, 'context' | 'plugins' | 'readCatalogSources'>;

/**
 * What sources on the web said when they were last asked. One counts as long as the plugin that asked it is there and
 * enabled; of the program's own sources, as long as it is registered, with the same root of trust.
 *
 * @throws the signal's reason
 */
export async function storedDocuments(engine: Owner, signal: AbortSignal): Promise<StoredSaying[]> {
  const store = new CatalogStore(engine.context);
  const outcomes = await countingSources(engine, store, signal);
  return Promise.all(
    outcomes.map(async (outcome): Promise<StoredSaying> => {
      if ('error' in outcome) return lost(outcome.name, outcome.error);
      const { stored } = outcome;
      const source = sourceOf(stored.source, stored.layer);
      const pluginId = stored.plugin;
      try {
        const [current, document] = await currentDocument(store, stored);
        const withdrawn = await withdrawKeys(engine, current, document);
        const warnings = [outOfDate(current, engine.context.now()), withdrawn].filter(
          (warning) => warning !== undefined,
        );
        const sourced = { source, document, retrieved: current.confirmed, key: current.key };
        return { source, pluginId, warnings, sourced };
      } catch (error) {
        if (!isLoopstickError(error)) throw error;
        return { source, pluginId, error };
      }
    }),
  );
}

/** What is in the store of sources that there are. */
async function countingSources(engine: Owner, store: CatalogStore, signal: AbortSignal): Promise<StoredOutcome[]> {
  const all = await store.all();
  if (all.length === 0) return [];
  const own = new Map(
    [...(await allSources(engine, signal, { load: false }))].filter(([, { pluginId }]) => pluginId === OWN),
  );
  const present = new Set(
    engine.plugins.filter(({ state }) => state !== 'disabled').map(({ manifest }) => manifest.id),
  );
  const counting = all.filter((outcome) => {
    if ('error' in outcome) return true;
    const { plugin, source } = outcome.stored;
    return present.has(plugin) || own.has(source);
  });
  return Promise.all(
    counting.map(async (outcome) => {
      if ('error' in outcome || (await restsOnSame(outcome.stored, own.get(outcome.stored.source)?.source)))
        return outcome;
      const { source } = outcome.stored;
      const values = { source, problem: 'it rests upon another root of trust than this source has now' };
      return { name: source, error: failure(SYNC_ERRORS.storeUnreadable, values) };
    }),
  );
}

/** A sync may have put a newer one in its place since the head was read. */
async function currentDocument(store: CatalogStore, stored: StoredSource): Promise<[StoredSource, CatalogDocument]> {
  try {
    return [stored, await store.document(stored)];
  } catch (error) {
    const now = await store.read(stored.source);
    if (now === undefined || now.document.sha256 === stored.document.sha256) throw error;
    return [now, await store.document(now)];
  }
}

/**
 * A plugin may name other keys than when its lists were read: what was signed by one that it names no more is signed
 * no more.
 * @param document is changed
 */
async function withdrawKeys(
  { plugins }: Owner,
  stored: StoredSource,
  document: CatalogDocument,
): Promise<LoopstickError | undefined> {
  const manifest = plugins.find((plugin) => plugin.manifest.id === stored.plugin)?.manifest;
  if (manifest === undefined || (await hashOfRules(manifest)) === stored.rules) return undefined;
  const taken = withdrawSignatures(document, await pinsOf(manifest), stored.unsigned ?? 'none');
  if (taken === undefined) return undefined;
  const values = { source: stored.source, plugin: manifest.id, ...taken };
  return failure(SYNC_ERRORS.keyGone, values, { pluginId: manifest.id });
}

function outOfDate({ source, freshness, confirmed }: StoredSource, now: Date): LoopstickError | undefined {
  const { expires } = freshness;
  if (expires === undefined || Date.parse(expires) > now.getTime()) return undefined;
  const values = { source, day: expires.slice(0, 10), confirmed: confirmed.slice(0, 10) };
  return failure(SYNC_ERRORS.outOfDate, values);
}

/** Of one whose head cannot be read not even the layer is known. */
function lost(name: string, error: LoopstickError): StoredSaying {
  return { source: sourceOf(name, 'upstream'), pluginId: OWN, error };
}

/** Reads as what was read already. */
function sourceOf(name: string, layer: CatalogSource['layer']): CatalogSource {
  return { name, layer, read: async () => Promise.resolve(undefined) };
}
