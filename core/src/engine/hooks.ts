/**
 * All extension points of the engine; the contract of each stands in a file of its own in contract/.
 *
 * The hooks themselves are plain tapable. Nobody taps them directly: plugins go through the registrar (tap.ts), which
 * adds what tapable lacks — whose tap it was, a deadline, unique names, a list of what never settled.
 */
import { AsyncParallelHook, AsyncSeriesBailHook, AsyncSeriesHook } from 'tapable';

import type { OwnedBootloader } from './contract/bootloader.ts';
import type { CatalogRound } from './contract/catalog-source.ts';
import { LIFECYCLE_EVENTS, type LifecycleEvent, type LifecycleNotice } from './contract/lifecycle.ts';
import type { MirrorListRound } from './contract/mirror-list.ts';
import type { OwnedMirrorStrategy } from './contract/mirror-strategy.ts';
import type { RecipeRound, RecognisedBy } from './contract/recipe.ts';
import type { Transport } from './contract/transport.ts';

export type * from './contract/boot-plan.ts';
export type * from './contract/bootloader.ts';
export * from './contract/catalog-source.ts';
export * from './contract/lifecycle.ts';
export * from './contract/mirror-candidate.ts';
export * from './contract/mirror-list.ts';
export type * from './contract/mirror-strategy.ts';
export type * from './contract/offer.ts';
export type * from './contract/plugin.ts';
export * from './contract/recipe.ts';
export type * from './contract/transport.ts';

export interface EngineHooks {
  readonly catalogSources: AsyncParallelHook<[CatalogRound]>;
  readonly mirrorLists: AsyncParallelHook<[MirrorListRound]>;
  readonly mirrorStrategies: AsyncSeriesBailHook<[string], OwnedMirrorStrategy | undefined>;
  readonly transports: AsyncSeriesBailHook<[string], Transport | undefined>;
  readonly bootloaders: AsyncSeriesBailHook<[string], OwnedBootloader | undefined>;
  readonly recipes: AsyncSeriesBailHook<[RecipeRound], RecognisedBy | undefined>;
  readonly lifecycle: Readonly<Record<LifecycleEvent, AsyncSeriesHook<[LifecycleNotice]>>>;
}

export type HookName = Exclude<keyof EngineHooks, 'lifecycle'> | LifecycleEvent;

export function createHooks(): EngineHooks {
  const lifecycle = Object.fromEntries(
    LIFECYCLE_EVENTS.map((event) => [event, new AsyncSeriesHook<[LifecycleNotice]>(['notice'])]),
  ) as unknown as EngineHooks['lifecycle'];
  return {
    catalogSources: new AsyncParallelHook(['round']),
    mirrorLists: new AsyncParallelHook(['round']),
    mirrorStrategies: new AsyncSeriesBailHook(['name']),
    transports: new AsyncSeriesBailHook(['scheme']),
    bootloaders: new AsyncSeriesBailHook(['name']),
    recipes: new AsyncSeriesBailHook(['round']),
    lifecycle,
  };
}
