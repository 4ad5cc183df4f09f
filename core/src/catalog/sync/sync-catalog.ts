import type { Engine } from '../../engine/engine.ts';
import { isLoopstickError, systemCode } from '../../engine/errors.ts';
import type { SourceOutcome } from '../../engine/hooks.ts';
import { CatalogStore } from '../store/catalog-store.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { chooseSources } from './choose-sources.ts';
import { contentOf, hasExpired, type SourceSync } from './source-sync.ts';
import { SourceReader } from './source-reader.ts';
import { asFailure, pluginVersion, takeOutcome } from './take-outcome.ts';

export interface SyncOptions {
  readonly signal: AbortSignal;
  /** Names of sources, or what stands behind the colon in them. All when missing. */
  readonly sources?: readonly string[] | undefined;
  /** Ask nobody: only say how old what is there is. */
  readonly offline?: boolean | undefined;
  /** Take also what has lost much of what it had. */
  readonly acceptLoss?: boolean | undefined;
}

export interface SyncResult {
  /** In the order in which they were registered. */
  readonly sources: readonly SourceSync[];
}

/** After this a source is read as a whole even when its first document says that nothing is new. */
const WHOLE_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/**
 * Asks the sources on the web, all at the same time, and keeps what they say. A source that fails costs nothing but its
 * own news: what it said before stays. `engine.events` tells of each source as `sync`.
 *
 * @throws LoopstickError CATALOG_UNKNOWN_SOURCE, CATALOG_SYNC_BUSY, PLUGIN_REFUSED; the system's own errors; the signal's reason
 */
export async function syncCatalog(engine: Engine, options: SyncOptions): Promise<SyncResult> {
  const { signal } = options;
  const store = new CatalogStore(engine.context);
  const chosen = await chooseSources(engine, options.sources, signal);
  const known = new Map<string, StoredSource>();
  for (const outcome of await store.all()) if ('stored' in outcome) known.set(outcome.stored.source, outcome.stored);
  const readers = new Map<string, SourceReader>();
  const done = new Map<string, Promise<SourceSync>>();

  const tell = (status: SourceSync): SourceSync => {
    engine.events.emit('sync', status);
    return status;
  };
  const finish = async (outcome: SourceOutcome): Promise<SourceSync> => {
    const { source } = outcome;
    const stored = known.get(source.name);
    const about = { source: source.name, layer: source.layer };
    try {
      const reader = readers.get(source.name);
      if (reader === undefined) throw outcome.error as Error;
      const acceptLoss = options.acceptLoss === true;
      const taken = await takeOutcome(outcome, { engine, store, reader, stored, acceptLoss });
      const content = contentOf(taken.stored);
      const fresh = !hasExpired(content, engine.context.now());
      return tell({
        ...about,
        state: taken.changes === undefined ? 'unchanged' : 'updated',
        ...content,
        fresh,
        changes: taken.changes,
      });
    } catch (error) {
      signal.throwIfAborted();
      // A disk that is full is full for all of them.
      if (!isLoopstickError(error) && systemCode(error) !== undefined) throw error;
      return tell({
        ...about,
        state: 'failed',
        ...contentOf(stored),
        fresh: false,
        error: asFailure(source.name, error),
      });
    }
  };

  await engine.readCatalogSources({
    signal,
    load: true,
    wants: ({ name }) => chosen.has(name),
    request: (source, pluginId, inner) => {
      const stored = known.get(source.name);
      const whole = stored === undefined || mustBeWhole(engine, stored, pluginId);
      const reader = new SourceReader({ engine, source: source.name, pluginId, stored, whole });
      readers.set(source.name, reader);
      tell({ source: source.name, layer: source.layer, state: 'reading', ...contentOf(stored), fresh: false });
      return reader.request(inner);
    },
    onOutcome: (outcome) => {
      const finished = finish(outcome);
      finished.catch(() => undefined);
      done.set(outcome.source.name, finished);
    },
  });
  return {
    sources: await Promise.all([...chosen.keys()].map((name) => done.get(name)).filter((each) => each !== undefined)),
  };
}

/** Another version may read other things out of the same documents. */
function mustBeWhole(engine: Engine, stored: StoredSource, pluginId: string): boolean {
  const { now } = engine.context;
  return (
    stored.pluginVersion !== pluginVersion(engine, pluginId) ||
    now().getTime() - Date.parse(stored.read) >= WHOLE_AFTER_MS
  );
}
