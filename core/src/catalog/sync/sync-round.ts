import type { Engine, SourcesRequest } from '../../engine/engine.ts';
import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure, isLoopstickError, systemCode, type LoopstickError } from '../../engine/errors.ts';
import type { CatalogReadRequest, CatalogSource, SourceOutcome } from '../../engine/hooks.ts';
import { ENGINE_VERSION } from '../../engine/version.ts';
import type { CatalogStore } from '../store/catalog-store.ts';
import { hashOfRules } from '../store/reading-rules.ts';
import type { StoredSource } from '../store/stored-source.ts';
import type { OwnedSource } from './choose-sources.ts';
import { SourceReader } from './source-reader.ts';
import { contentOf, hasExpired, type SourceSync } from './source-sync.ts';
import { SYNC_ERRORS } from './sync-errors.ts';
import { asFailure, isYoung, pluginVersion, takeOutcome } from './take-outcome.ts';

export interface RoundOptions {
  readonly signal: AbortSignal;
  /** The sources to ask, by name. */
  readonly chosen: ReadonlyMap<string, OwnedSource>;
  /** What is kept of them and can be used. */
  readonly known: ReadonlyMap<string, StoredSource>;
  readonly acceptLoss: boolean;
}

export interface RoundOutcome {
  readonly status: SourceSync;
  /** What is kept of it now. */
  readonly stored: StoredSource | undefined;
}

/** All sources asked once. Each comes to its own end as soon as it has answered. */
export class SyncRound {
  readonly #engine: Engine;
  readonly #store: CatalogStore;
  readonly #options: RoundOptions;
  readonly #readers = new Map<string, SourceReader>();
  readonly #ends: Promise<RoundOutcome>[] = [];
  /** By what each plugin reads now. */
  readonly #rules = new Map<string, string>();

  constructor(engine: Engine, store: CatalogStore, options: RoundOptions) {
    this.#engine = engine;
    this.#store = store;
    this.#options = options;
  }

  /** @throws the system's own errors, when something cannot be kept; the signal's reason */
  async run(): Promise<RoundOutcome[]> {
    const { signal, chosen } = this.#options;
    const asked = new Set([...chosen.values()].map(({ pluginId }) => pluginId));
    const manifests = this.#engine.plugins.map(({ manifest }) => manifest).filter(({ id }) => asked.has(id));
    await Promise.all(manifests.map(async (each) => this.#rules.set(each.id, await hashOfRules(each))));
    const asking: SourcesRequest = {
      signal,
      load: true,
      wants: ({ name }) => chosen.has(name),
      request: (source, pluginId, inner) => this.#begin(source, pluginId, inner),
      onOutcome: (outcome) => {
        const end = this.#finish(outcome);
        // It is waited for below, when the others are done as well.
        end.catch(() => undefined);
        this.#ends.push(end);
      },
    };
    try {
      await this.#engine.readCatalogSources(asking);
    } finally {
      await Promise.allSettled(this.#ends);
    }
    const outcomes = await Promise.all(this.#ends);
    const order = [...chosen.keys()];
    return outcomes.sort((a, b) => order.indexOf(a.status.source) - order.indexOf(b.status.source));
  }

  #begin(source: CatalogSource, pluginId: string, signal: AbortSignal): CatalogReadRequest {
    const stored = this.#options.known.get(source.name);
    const whole = stored === undefined || this.#mustBeWhole(stored, pluginId);
    const reader = new SourceReader({ engine: this.#engine, source: source.name, pluginId, stored, whole });
    this.#readers.set(source.name, reader);
    this.#tell({ source: source.name, layer: source.layer, state: 'reading', ...contentOf(stored), fresh: false });
    return reader.request(signal);
  }

  async #finish(outcome: SourceOutcome): Promise<RoundOutcome> {
    const { name, layer } = outcome.source;
    const engine = this.#engine;
    const stored = this.#options.known.get(name);
    try {
      const reader = this.#readers.get(name);
      if (reader === undefined) throw outcome.error as Error;
      const { acceptLoss } = this.#options;
      const rules = this.#rules.get(outcome.pluginId);
      const taken = await takeOutcome(outcome, { engine, store: this.#store, reader, stored, rules, acceptLoss });
      const { changes, carried, complete } = taken;
      const content = contentOf(taken.stored);
      const fresh = complete && !hasExpired(content, engine.context.now());
      const state = changes === undefined ? 'unchanged' : 'updated';
      return {
        status: this.#tell({
          source: name,
          layer,
          state,
          ...content,
          fresh,
          changes,
          ...(complete ? {} : { carried }),
        }),
        stored: taken.stored,
      };
    } catch (cause) {
      this.#options.signal.throwIfAborted();
      const error = this.#lateness(name, cause) ?? cause;
      // A disk that is full is full for all of them.
      if (!isLoopstickError(error) && systemCode(error) !== undefined) throw error;
      const failed = { state: 'failed', fresh: false, error: asFailure(name, error) } as const;
      return { status: this.#tell({ source: name, layer, ...contentOf(stored), ...failed }), stored };
    }
  }

  /** Who waits for a server is not to blame for being late. */
  #lateness(source: string, cause: unknown): LoopstickError | undefined {
    const url = this.#readers.get(source)?.waitingFor;
    if (url === undefined || !isLoopstickError(cause, ENGINE_ERRORS.tapDeadline.code)) return undefined;
    const seconds = this.#engine.settings.catalog.deadlineSeconds;
    return failure(SYNC_ERRORS.slow, { source, seconds, url }, { cause });
  }

  #tell(status: SourceSync): SourceSync {
    this.#engine.events.emit('sync', status);
    return status;
  }

  /**
   * Another version may read other things out of the same documents. What has run out is not made good by the same
   * document being there still: that is what somebody shows who keeps the new one from us.
   */
  #mustBeWhole(stored: StoredSource, pluginId: string): boolean {
    const { context } = this.#engine;
    return (
      stored.document.engine !== ENGINE_VERSION ||
      stored.pluginVersion !== pluginVersion(this.#engine, pluginId) ||
      stored.rules !== this.#rules.get(pluginId) ||
      hasExpired(stored.freshness, context.now()) ||
      !isYoung(stored, context)
    );
  }
}
