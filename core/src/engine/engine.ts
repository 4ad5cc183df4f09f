import { resolve } from 'node:path';

import type { IsoContents } from '../recipe/iso.ts';
import { createContext, type Context } from './context.ts';
import { CallGuard, type PluginCall } from './deadline.ts';
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, isLoopstickError, messageOf } from './errors.ts';
import { createEventBus, type EventBus } from './events.ts';
import {
  createHooks,
  type CatalogRound,
  type CatalogSource,
  type HookName,
  type LifecycleEvent,
  type ListedImage,
  type OwnedBootloader,
  type OwnedMirrorStrategy,
  type PluginRegistrar,
  type RecipeRound,
  type RecognisedBy,
  type SourceOutcome,
  type Transport,
} from './hooks.ts';
import { localRequest } from './local-request.ts';
import type { IsolationLimits } from '../isolation/limits.ts';
import { KnownManifests } from '../plugin/known-manifests.ts';
import { PluginHost, type PluginStatus } from '../plugin/plugin-host.ts';
import { TRUST_TIERS, type PluginPlace } from '../plugin/plugin-place.ts';
import { loadSettings, type Settings } from './settings.ts';
import { createRegistrar, DEFAULT_DEADLINES, TapLedger, type Deadlines } from './tap.ts';

export interface EngineOptions {
  readonly context?: Partial<Context>;
  /**
   * Plugins: folders of those that come with the program, places of those that were installed. Folders that the settings
   * name come on top, as `unsigned`.
   */
  readonly plugins?: readonly (string | PluginPlace)[];
  /** A bus that is listened to already, to learn of plugins that are lost while the engine is set up. */
  readonly events?: EventBus;
  /** In place of the settings file. */
  readonly settings?: Settings;
  readonly deadlines?: Partial<Deadlines>;
  /** What the process of a plugin that did not come with the program may take. */
  readonly isolation?: Partial<IsolationLimits>;
  /** A file to keep in what manifests said, so that the next start need not check those again that look the same. */
  readonly manifestCache?: string;
}

export interface SourcesRequest {
  readonly signal: AbortSignal;
  /** Which sources to ask. */
  wants(source: CatalogSource, pluginId: string): boolean;
  /** Whether plugins' code is loaded to find their sources; what they bring as data is known without. */
  readonly load: boolean;
  /** What to read with; for sources that need nothing it may be missing. */
  readonly request?: CatalogRound['request'] | undefined;
  /** Told of each outcome as soon as it is there. */
  readonly onOutcome?: CatalogRound['deliver'] | undefined;
}

/** What one source of mirror lists knows. */
export interface FoundMirrorLists {
  /** Its name. */
  readonly source: string;
  /** Not yet validated. */
  readonly lists: unknown;
}

/** The small core: hooks, plugins, settings and events. The rooms of the house do the work on top of it. */
export interface Engine {
  readonly context: Context;
  readonly settings: Settings;
  readonly events: EventBus;
  readonly plugins: readonly PluginStatus[];
  /** Plugin calls that have not settled; anything here when the process runs out of work was left hanging. */
  readonly unfinishedCalls: readonly PluginCall[];
  /** Adds parts of the program itself, such as a catalog file named on the command line. */
  readonly own: PluginRegistrar;

  /** Asks the catalog sources that are wanted all at once, waits for all, and lists them in the order of registration. */
  readCatalogSources(options: SourcesRequest): Promise<SourceOutcome[]>;
  /** Names of the sources that are registered. */
  catalogSourceNames(options: { readonly load: boolean }): Promise<readonly string[]>;
  /** What the plugins know of lists of mirrors for this image, in the order of registration. */
  mirrorLists(image: ListedImage, signal: AbortSignal): Promise<FoundMirrorLists[]>;
  /** Those that are there, by name. */
  mirrorStrategies(): Promise<readonly OwnedMirrorStrategy[]>;
  /** @throws LoopstickError PLUGIN_NOT_FOUND */
  mirrorStrategy(name: string): Promise<OwnedMirrorStrategy>;
  /** The transport for a URL's scheme. @throws LoopstickError PLUGIN_NOT_FOUND */
  transport(url: string): Promise<Transport>;
  /** @throws LoopstickError PLUGIN_NOT_FOUND */
  bootloader(name: string): Promise<OwnedBootloader>;
  /** Those that are there, by name. */
  bootloaders(): Promise<readonly OwnedBootloader[]>;
  /** What the first recipe says that knows this ISO and is accepted; undefined when there is none. */
  recognise(iso: IsoContents, signal: AbortSignal, accept?: RecipeRound['accept']): Promise<RecognisedBy | undefined>;
  /** Tells all listeners. @throws LoopstickError PLUGIN_REFUSED */
  notify(event: LifecycleEvent, subject: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<void>;
  /** Ends what runs in processes of its own. They end with this process all the same, and keep it from nothing. */
  close(): Promise<void>;
}

/**
 * Sets up an engine: settings, events, hooks, and the manifests of all plugins. No plugin code runs yet.
 * @throws LoopstickError SETTINGS_INVALID, PLUGIN_DUPLICATE
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const context = createContext(options.context);
  const settings = options.settings ?? (await loadSettings(context.paths.config));
  const events = options.events ?? createEventBus();
  const hooks = createHooks();
  const guard = new CallGuard();
  const ledger = new TapLedger();
  const door = {
    hooks,
    guard,
    options: settings.plugins.options,
    deadlines: {
      ...DEFAULT_DEADLINES,
      catalogSource: settings.catalog.deadlineSeconds * 1000,
      ...options.deadlines,
    },
    onLoss: ({ call, error }: { call: PluginCall; error: unknown }) => {
      const values = { plugin: call.pluginId, hook: call.place, problem: messageOf(error) };
      events.emit(
        'warning',
        isLoopstickError(error) ? error : failure(ENGINE_ERRORS.tapFailed, values, { cause: error }),
      );
    },
  };
  const host = new PluginHost(door, ledger, options.isolation);
  const { lifecycle, ...parts } = hooks;
  const allHooks = new Set(Object.keys({ ...parts, ...lifecycle }) as HookName[]);

  await host.discover(
    [
      ...(options.plugins ?? []),
      ...settings.plugins.paths.map((path) => ownPlace(resolve(context.paths.config, path))),
    ],
    new Set(settings.plugins.disabled),
    (id) => usedPlace(settings.plugins.use, id, context.paths.config),
    options.manifestCache === undefined ? undefined : new KnownManifests(options.manifestCache, context),
  );

  const named = async <T>(
    hook: 'mirrorStrategies' | 'transports' | 'bootloaders',
    part: string,
    name: string,
    call: () => Promise<T | undefined>,
  ): Promise<T> => {
    await host.loadFor(hook);
    const answer = await call();
    if (answer !== undefined) return answer;
    const offered = ledger.names(hook).join(', ') || 'none';
    throw failure(ENGINE_ERRORS.noSuchPart, { part, name, offered });
  };

  const all = async <T>(
    hook: 'mirrorStrategies' | 'bootloaders',
    call: (name: string) => Promise<T | undefined>,
  ): Promise<readonly T[]> => {
    await host.loadFor(hook);
    const parts = await Promise.all([...ledger.names(hook)].sort().map(call));
    return parts.filter((part) => part !== undefined);
  };

  return {
    context,
    settings,
    events,
    get plugins() {
      return host.plugins;
    },
    get unfinishedCalls() {
      return guard.unfinished;
    },
    own: createRegistrar('loopstick', allHooks, door, ledger),

    async readCatalogSources({ signal, wants, load, request, onOutcome }) {
      if (load) await host.loadFor('catalogSources');
      const outcomes: SourceOutcome[] = [];
      await hooks.catalogSources.promise({
        signal,
        wants,
        request: request ?? ((_, __, inner) => localRequest(context, inner)),
        deliver: (outcome) => {
          outcomes.push(outcome);
          onOutcome?.(outcome);
        },
      });
      signal.throwIfAborted();
      // The order in which they answered is chance, and what is made of them must not be.
      const order = ledger.names('catalogSources');
      return outcomes.sort((a, b) => order.indexOf(a.source.name) - order.indexOf(b.source.name));
    },

    async catalogSourceNames({ load }) {
      if (load) await host.loadFor('catalogSources');
      return ledger.names('catalogSources');
    },

    async mirrorLists(image, signal) {
      await host.loadFor('mirrorLists');
      const found: FoundMirrorLists[] = [];
      await hooks.mirrorLists.promise({
        image,
        signal,
        deliver: (source, lists) => found.push({ source: source.name, lists }),
      });
      const order = ledger.names('mirrorLists');
      return found.sort((a, b) => order.indexOf(a.source) - order.indexOf(b.source));
    },

    mirrorStrategies: () => all('mirrorStrategies', (name) => hooks.mirrorStrategies.promise(name)),

    mirrorStrategy: (name) =>
      named('mirrorStrategies', 'mirror strategy', name, () => hooks.mirrorStrategies.promise(name)),

    async transport(url) {
      const scheme = URL.canParse(url) ? new URL(url).protocol.slice(0, -1) : url;
      return named('transports', 'a transport for the scheme', scheme, () => hooks.transports.promise(scheme));
    },

    bootloader: (name) => named('bootloaders', 'bootloader', name, () => hooks.bootloaders.promise(name)),

    bootloaders: () => all('bootloaders', (name) => hooks.bootloaders.promise(name)),

    async recognise(iso, signal, accept) {
      await host.loadFor('recipes');
      return hooks.recipes.promise({ iso, signal, accept });
    },

    async notify(event, subject, signal) {
      await host.loadFor(event);
      const notice = { event, subject: Object.freeze({ ...subject }), signal, refuse: () => undefined };
      await hooks.lifecycle[event].promise(notice);
    },

    close: () => host.close(),
  };
}

/** Which of two plugins is meant, as the settings say it: a tier, or a folder. */
function usedPlace(use: Settings['plugins']['use'], id: string, config: string): string | undefined {
  const place = Object.hasOwn(use, id) ? use[id] : undefined;
  return place === undefined || TRUST_TIERS.some((tier) => tier === place) ? place : resolve(config, place);
}

/** A folder of the user's own. He has granted what its manifest declares by naming it. */
function ownPlace(directory: string): PluginPlace {
  return { directory, trust: 'unsigned' };
}
