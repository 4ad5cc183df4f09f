import type { Engine } from '../../engine/engine.ts';
import type { CatalogLayer } from '../../engine/hooks.ts';
import { CatalogStore } from '../store/catalog-store.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { allSources } from './choose-sources.ts';
import { readSchedule, type SourceSchedule } from './schedule.ts';
import { contentOf } from './source-sync.ts';
import { pluginVersion } from './take-outcome.ts';

/** One catalog source, and for one on the web what is known of it. Times are ISO 8601. */
export interface SourceState {
  readonly source: string;
  readonly layer: CatalogLayer;
  readonly plugin: string;
  readonly version: string;
  readonly images?: number | undefined;
  /** When it was read as a whole. */
  readonly read?: string | undefined;
  /** When what it said was last known to be current. */
  readonly confirmed?: string | undefined;
  readonly changed?: string | undefined;
  readonly expires?: string | undefined;
  /** When it is to be asked again. */
  readonly due?: string | undefined;
  /** In a row. */
  readonly failures?: number | undefined;
  readonly error?: SourceSchedule['error'];
}

/** All sources that there are, those that count least first. Asks nobody. @throws the signal's reason */
export async function sourceStates(engine: Engine, signal: AbortSignal): Promise<SourceState[]> {
  const [all, stored, schedule] = await Promise.all([
    allSources(engine, signal),
    new CatalogStore(engine.context).all(),
    readSchedule(engine.context),
  ]);
  const known = new Map<string, StoredSource>();
  for (const outcome of stored) if ('stored' in outcome) known.set(outcome.stored.source, outcome.stored);
  const planned = new Map(Object.entries(schedule?.sources ?? {}));
  const { precedence } = engine.settings.catalog;
  return [...all.values()]
    .map(({ source: { name, layer }, pluginId }): SourceState => {
      const of = known.get(name);
      return {
        source: name,
        layer,
        plugin: pluginId,
        version: pluginVersion(engine, pluginId),
        read: of?.read,
        ...contentOf(of),
        ...planned.get(name),
      };
    })
    .sort((a, b) => precedence.indexOf(a.layer) - precedence.indexOf(b.layer));
}
