/**
 * The one door through which taps reach the hooks. tapable gives order and composition but no safety, so this adds it:
 * a tap knows its plugin, may only use the hooks its manifest declares, has a unique name, and has a deadline.
 */
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure } from './errors.ts';
import type { CallGuard, PluginCall } from './deadline.ts';
import { ownOptions, type PluginOptions } from './plugin-options.ts';
import type {
  Bootloader,
  CatalogSource,
  EngineHooks,
  HookName,
  LifecycleEvent,
  LifecycleNotice,
  MirrorListSource,
  MirrorStrategy,
  OwnedBootloader,
  OwnedMirrorStrategy,
  PluginRegistrar,
  Recipe,
  RecipeOptions,
  Transport,
} from './hooks.ts';
import { RECIPE_ORDER } from './hooks.ts';

/** How long a plugin may take for one call, in milliseconds. A transport's deadline counts to the first byte only. */
export interface Deadlines {
  readonly catalogSource: number;
  readonly mirrorList: number;
  /** It may probe mirrors meanwhile. */
  readonly mirrorStrategy: number;
  /** It may not, and somebody waits for the order to begin. */
  readonly mirrorOrder: number;
  readonly transport: number;
  /** To look through a whole file, so that others can have it. */
  readonly offer: number;
  readonly bootloader: number;
  readonly recipe: number;
  readonly lifecycle: number;
  /** To import the plugin's entry and let it register. */
  readonly load: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  catalogSource: 60_000,
  mirrorList: 10_000,
  mirrorStrategy: 120_000,
  mirrorOrder: 5_000,
  transport: 60_000,
  offer: 3_600_000,
  bootloader: 120_000,
  recipe: 60_000,
  lifecycle: 30_000,
  load: 30_000,
};

/** Told of a contribution that was lost while the run goes on. */
export type LossListener = (loss: { readonly call: PluginCall; readonly error: unknown }) => void;

export interface TapDoor {
  readonly hooks: EngineHooks;
  readonly guard: CallGuard;
  readonly deadlines: Deadlines;
  readonly onLoss: LossListener;
  /** What the user has set for plugins: `<plugin>.<name>`, words. */
  readonly options?: PluginOptions | undefined;
}

/** Who added what, per hook. */
export class TapLedger {
  readonly #owners = new Map<HookName, Map<string, string>>();

  /** @throws LoopstickError PLUGIN_TAP_DUPLICATE */
  claim(hook: HookName, tap: string, plugin: string): void {
    const owners = this.#owners.get(hook) ?? new Map<string, string>();
    const owner = owners.get(tap);
    if (owner !== undefined)
      throw failure(ENGINE_ERRORS.duplicateTap, { plugin, tap, hook, owner }, { pluginId: plugin });
    this.#owners.set(hook, owners.set(tap, plugin));
  }

  release(hook: HookName, tap: string): void {
    this.#owners.get(hook)?.delete(tap);
  }

  has(hook: HookName, tap: string): boolean {
    return this.#owners.get(hook)?.has(tap) ?? false;
  }

  /** The names added to a hook, in order of registration. */
  names(hook: HookName): readonly string[] {
    return [...(this.#owners.get(hook)?.keys() ?? [])];
  }
}

/**
 * What one plugin adds while it registers. tapable cannot take a tap back, so they reach the hooks all together at the
 * end: a plugin that fails half-way has added nothing.
 */
export class TapBatch {
  readonly #ledger: TapLedger;
  readonly #claims: (readonly [HookName, string])[] = [];
  readonly #taps: (() => void)[] = [];
  #open = true;

  constructor(ledger: TapLedger) {
    this.#ledger = ledger;
  }

  /** @throws LoopstickError PLUGIN_TAP_DUPLICATE, PLUGIN_TAP_LATE */
  claim(hook: HookName, tap: string, plugin: string): void {
    if (!this.#open) throw failure(ENGINE_ERRORS.lateTap, { plugin, tap, hook }, { pluginId: plugin });
    this.#ledger.claim(hook, tap, plugin);
    this.#claims.push([hook, tap]);
  }

  add(tap: () => void): void {
    this.#taps.push(tap);
  }

  commit(): void {
    this.#open = false;
    for (const tap of this.#taps) tap();
  }

  discard(): void {
    this.#open = false;
    for (const [hook, tap] of this.#claims) this.#ledger.release(hook, tap);
  }
}

/**
 * A registrar for one plugin. `allowed` are the hooks that its declared kinds open. Taps wait in `batch` when there is
 * one, and else count at once.
 */
export function createRegistrar(
  pluginId: string,
  allowed: ReadonlySet<HookName>,
  door: TapDoor,
  ledger: TapLedger,
  batch?: TapBatch,
): PluginRegistrar {
  const { hooks, guard, deadlines } = door;

  const enter = (hook: HookName, tap: string): PluginCall => {
    if (!allowed.has(hook)) {
      throw failure(ENGINE_ERRORS.undeclaredTap, { plugin: pluginId, tap, hook }, { pluginId });
    }
    (batch ?? ledger).claim(hook, tap, pluginId);
    return { pluginId, place: `${hook}/${tap}` };
  };
  const add = (tap: () => void): void => {
    if (batch === undefined) tap();
    else batch.add(tap);
  };

  return {
    options: ownOptions(pluginId, door.options),

    catalogSource(source: CatalogSource): void {
      const call = enter('catalogSources', source.name);
      add(() => {
        hooks.catalogSources.tapPromise(source.name, async (round) => {
          if (!round.wants(source, pluginId)) return;
          const options = { signal: round.signal, deadlineMs: deadlines.catalogSource };
          try {
            const document = await guard.call(call, options, (signal) =>
              source.read(round.request(source, pluginId, signal)),
            );
            round.deliver({ source, pluginId, document });
          } catch (error) {
            round.deliver({ source, pluginId, error });
          }
        });
      });
    },

    mirrorList(source: MirrorListSource): void {
      const call = enter('mirrorLists', source.name);
      add(() => {
        hooks.mirrorLists.tapPromise(source.name, async ({ image, signal, deliver }) => {
          if (!source.distributions.includes(image.distribution)) return;
          try {
            const options = { signal, deadlineMs: deadlines.mirrorList };
            deliver(source, await guard.call(call, options, (inner) => source.lists(image, { signal: inner })));
          } catch (error) {
            signal.throwIfAborted();
            door.onLoss({ call, error });
          }
        });
      });
    },

    mirrorStrategy(strategy: MirrorStrategy): void {
      const call = enter('mirrorStrategies', strategy.name);
      const guarded: OwnedMirrorStrategy = {
        pluginId,
        name: strategy.name,
        description: strategy.description,
        rank: (candidates, request) => {
          const deadlineMs = request.probe === undefined ? deadlines.mirrorOrder : deadlines.mirrorStrategy;
          return guard.call(call, { signal: request.signal, deadlineMs }, (signal) =>
            strategy.rank(candidates, { ...request, signal }),
          );
        },
      };
      add(() => {
        hooks.mirrorStrategies.tapPromise(strategy.name, async (name) =>
          Promise.resolve(name === strategy.name ? guarded : undefined),
        );
      });
    },

    transport(transport: Transport): void {
      const call = enter('transports', transport.name);
      const guarded: Transport = {
        name: transport.name,
        schemes: transport.schemes,
        prepare: () =>
          guard.call(call, { signal: new AbortController().signal, deadlineMs: deadlines.load }, () =>
            transport.prepare?.(),
          ),
        // The body outlives the call, so the transport gets the caller's own signal and not the deadline's.
        open: (request) =>
          guard.call(call, { signal: request.signal, deadlineMs: deadlines.transport }, () => transport.open(request)),
      };
      const offer = transport.offer?.bind(transport);
      if (offer !== undefined) {
        // The offer outlives the call, like a body.
        guarded.offer = (request) =>
          guard.call(call, { signal: request.signal, deadlineMs: deadlines.offer }, () => offer(request));
      }
      add(() => {
        hooks.transports.tapPromise(transport.name, async (scheme) =>
          Promise.resolve(transport.schemes.includes(scheme) ? guarded : undefined),
        );
      });
    },

    bootloader(bootloader: Bootloader): void {
      const call = enter('bootloaders', bootloader.name);
      const guarded: OwnedBootloader = {
        pluginId,
        name: bootloader.name,
        description: bootloader.description,
        plan: (request) =>
          guard.call(call, { signal: request.signal, deadlineMs: deadlines.bootloader }, (signal) =>
            bootloader.plan({ ...request, signal }),
          ),
      };
      add(() => {
        hooks.bootloaders.tapPromise(bootloader.name, async (name) =>
          Promise.resolve(name === bootloader.name ? guarded : undefined),
        );
      });
    },

    recipe(recipe: Recipe, options: RecipeOptions = {}): void {
      if (options.before !== undefined && !ledger.has('recipes', options.before)) {
        const values = { plugin: pluginId, tap: recipe.name, before: options.before, hook: 'recipes' };
        throw failure(ENGINE_ERRORS.unknownOrder, values, { pluginId });
      }
      const call = enter('recipes', recipe.name);
      const place = { name: recipe.name, stage: options.order ?? RECIPE_ORDER.distribution };
      const tap = options.before === undefined ? place : { ...place, before: options.before };
      add(() => {
        hooks.recipes.tapPromise(tap, async ({ iso, signal, accept }) => {
          try {
            const recognition = await guard.call(call, { signal, deadlineMs: deadlines.recipe }, (inner) =>
              recipe.recognise(iso, { signal: inner }),
            );
            if (recognition === undefined) return undefined;
            const answer = { pluginId, recipe: recipe.name, recognition };
            return accept === undefined || accept(answer) ? answer : undefined;
          } catch (error) {
            signal.throwIfAborted();
            door.onLoss({ call, error });
            return undefined;
          }
        });
      });
    },

    lifecycle(event: LifecycleEvent, name: string, handler: (notice: LifecycleNotice) => Promise<void>): void {
      const call = enter(event, name);
      add(() => {
        hooks.lifecycle[event].tapPromise(name, async (notice) => {
          let refusal: string | undefined;
          const own: LifecycleNotice = {
            ...notice,
            refuse: (reason) => {
              refusal = reason;
            },
          };
          try {
            await guard.call(call, { signal: notice.signal, deadlineMs: deadlines.lifecycle }, (signal) =>
              handler({ ...own, signal }),
            );
          } catch (error) {
            notice.signal.throwIfAborted();
            door.onLoss({ call, error });
          }
          if (refusal === undefined) return;
          const values = { plugin: pluginId, hook: event, reason: refusal };
          if (event.startsWith('before')) throw failure(ENGINE_ERRORS.refused, values, { pluginId });
          // The work is done: to end the run with an error now would deny it.
          door.onLoss({ call, error: failure(ENGINE_ERRORS.refusedLate, values, { pluginId }) });
        });
      });
    },
  };
}
