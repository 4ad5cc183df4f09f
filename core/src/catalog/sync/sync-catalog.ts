import type { Engine } from '../../engine/engine.ts';
import { CatalogStore } from '../store/catalog-store.ts';
import { restsOnSame } from '../store/basis.ts';
import type { StoredSource } from '../store/stored-source.ts';
import { chooseSources, type OwnedSource } from './choose-sources.ts';
import { isWithin } from './is-within.ts';
import { nextReading, nextRetry, readSchedule, writeSchedule, type SourceSchedule } from './schedule.ts';
import { contentOf, hasExpired, type SourceSync } from './source-sync.ts';
import { lockSync } from './sync-lock.ts';
import { SyncRound, type RoundOutcome } from './sync-round.ts';

export interface SyncOptions {
  readonly signal: AbortSignal;
  /** Names of sources, or what stands behind the colon in them. All when missing. */
  readonly sources?: readonly string[] | undefined;
  /** Ask nobody: only say how old what is there is. */
  readonly offline?: boolean | undefined;
  /** Take also what has lost much of what it had. */
  readonly acceptLoss?: boolean | undefined;
  /** How long to wait for another process that syncs; as long as it may take when missing. */
  readonly waitMs?: number | undefined;
}

export interface SyncResult {
  /** In the order in which they were registered. */
  readonly sources: readonly SourceSync[];
}

const HOUR_MS = 60 * 60 * 1000;

/**
 * Asks the sources on the web, all at the same time, and keeps what they say. A source that fails costs nothing but its
 * own news: what it said before stays. `engine.events` tells of each source as `sync`.
 *
 * @throws LoopstickError CATALOG_UNKNOWN_SOURCE, CATALOG_SYNC_BUSY, PLUGIN_REFUSED; the system's own errors; the
 *   signal's reason
 */
export async function syncCatalog(engine: Engine, options: SyncOptions): Promise<SyncResult> {
  const { signal } = options;
  const store = new CatalogStore(engine.context);
  const chosen = await chooseSources(engine, options.sources, signal);
  if (options.offline === true) return { sources: whatIsKept(engine, chosen, await usable(store, chosen)) };
  // Reading, and another minute for what is made of it.
  const waitMs = options.waitMs ?? engine.settings.catalog.deadlineSeconds * 1000 + 60_000;
  const lock = await lockSync(engine.context, { waitMs, signal });
  try {
    await engine.notify('beforeSync', { sources: [...chosen.keys()] }, signal);
    const known = await usable(store, chosen);
    const acceptLoss = options.acceptLoss === true;
    const outcomes = await new SyncRound(engine, store, { signal, chosen, known, acceptLoss }).run();
    const all = options.sources === undefined;
    if (all) await forgetRemoved(engine, store, known, chosen);
    await plan(engine, outcomes, all);
    const sources = outcomes.map(({ status }) => status);
    await engine.notify(
      'afterSync',
      { sources: sources.map(({ source, state, fresh }) => ({ source, state, fresh })) },
      signal,
    );
    return { sources };
  } finally {
    await lock.release();
  }
}

/**
 * What is kept, of sources whose document is whole and whose root of trust is the same: of the others everything is to
 * be fetched.
 */
async function usable(
  store: CatalogStore,
  chosen: ReadonlyMap<string, OwnedSource>,
): Promise<ReadonlyMap<string, StoredSource>> {
  const known = new Map<string, StoredSource>();
  for (const outcome of await store.all()) {
    if ('error' in outcome) continue;
    const { stored } = outcome;
    const isSame = await restsOnSame(stored, chosen.get(stored.source)?.source);
    if (isSame && (await store.isWhole(stored))) known.set(stored.source, stored);
  }
  return known;
}

/** Asked nobody, it is fresh when all of it was current so short a time ago that nobody would have been asked by now. */
function whatIsKept(
  { context, settings }: Pick<Engine, 'context' | 'settings'>,
  chosen: ReadonlyMap<string, OwnedSource>,
  known: ReadonlyMap<string, StoredSource>,
): SourceSync[] {
  const now = context.now();
  const interval = (settings.catalog.refreshHours || 24) * HOUR_MS;
  return [...chosen.values()].map(({ source: { name, layer } }) => {
    const stored = known.get(name);
    const content = contentOf(stored);
    const isCurrent = stored !== undefined && stored.complete !== false && isWithin(stored.confirmed, now, interval);
    const fresh = isCurrent && !hasExpired(content, now);
    return { source: name, layer, state: 'kept', ...content, fresh };
  });
}

/** A plugin of another version may have other sources. One that is not there now, or cannot be loaded, may come back. */
async function forgetRemoved(
  { plugins }: Pick<Engine, 'plugins'>,
  store: CatalogStore,
  known: ReadonlyMap<string, StoredSource>,
  sources: ReadonlyMap<string, OwnedSource>,
): Promise<void> {
  const loaded = new Set(plugins.filter(({ state }) => state === 'loaded').map(({ manifest }) => manifest.id));
  for (const { source, plugin } of known.values()) {
    if (loaded.has(plugin) && !sources.has(source)) await store.remove(source);
  }
}

/** Notes when each source is to be asked again. */
async function plan({ context, settings }: Engine, outcomes: readonly RoundOutcome[], all: boolean): Promise<void> {
  const now = context.now();
  const before = (await readSchedule(context))?.sources ?? {};
  const [byte = 0] = context.random(1);
  const schedules = outcomes.map(({ status, stored }): [string, SourceSchedule] => {
    const { source, error } = status;
    if (error === undefined) {
      const due = nextReading(now, stored?.freshness ?? {}, settings.catalog.refreshHours, byte / 256);
      return [source, { due: due.toISOString(), failures: 0 }];
    }
    const failures = (Object.hasOwn(before, source) ? (before[source]?.failures ?? 0) : 0) + 1;
    const { code, message, hint } = error;
    return [source, { due: nextRetry(now, failures).toISOString(), failures, error: { code, message, hint } }];
  });
  const sources = { ...(all ? {} : before), ...Object.fromEntries(schedules) };
  await writeSchedule(context, { format: 1, attempted: now.toISOString(), sources });
}
