/** What kinds of plugins there are, and which versions of their contracts this engine speaks. */
import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure } from '../engine/errors.ts';
import { LIFECYCLE_EVENTS, type HookName } from '../engine/hooks.ts';
import { ENGINE_VERSION } from '../engine/version.ts';

/** The hooks that a kind of plugin may use. */
const KIND_HOOKS: Readonly<Record<string, readonly HookName[]>> = {
  distro: ['catalogSources', 'mirrorLists', 'recipes'],
  recipe: ['recipes'],
  'mirror-list': ['mirrorLists'],
  'mirror-strategy': ['mirrorStrategies'],
  transport: ['transports'],
  bootloader: ['bootloaders'],
  'catalog-source': ['catalogSources'],
  lifecycle: LIFECYCLE_EVENTS,
};

/** The contract versions that this engine speaks, per kind. */
const CONTRACTS: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.keys(KIND_HOOKS).map((kind) => [kind, [1]]),
);

/** What a release of a plugin says of the engine that it is for. */
export interface EngineNeeds {
  readonly id: string;
  /** A semver range. */
  readonly engine: string;
  /** `<kind>@<contract version>` */
  readonly kinds: readonly string[];
}

/** @throws LoopstickError PLUGIN_ENGINE_MISMATCH, PLUGIN_CONTRACT_MISMATCH */
export function requireCompatible(needs: EngineNeeds): void {
  requireEngine(needs);
  for (const kind of needs.kinds) hooksOf(kind, needs.id);
}

/** What is no range is no reason here: the manifest is not valid then. @throws LoopstickError PLUGIN_ENGINE_MISMATCH */
export function requireEngine({ id, engine }: Pick<EngineNeeds, 'id' | 'engine'>): void {
  if (validRange(engine) === null || satisfies(ENGINE_VERSION, engine, { includePrerelease: true })) return;
  const values = { plugin: id, wanted: engine, actual: ENGINE_VERSION };
  throw failure(ENGINE_ERRORS.engineMismatch, values, { pluginId: id });
}

/** The hooks that a kind, `distro@1`, may use. @throws LoopstickError PLUGIN_CONTRACT_MISMATCH */
export function hooksOf(kind: string, plugin: string): readonly HookName[] {
  const [name = '', contract] = kind.split('@');
  const offered = Object.hasOwn(CONTRACTS, name) ? CONTRACTS[name] : undefined;
  if (offered?.includes(Number(contract)) !== true) {
    const all = Object.entries(CONTRACTS).flatMap(([each, versions]) =>
      versions.map((version) => `${each}@${version}`),
    );
    const close = offered?.map((version) => `${name}@${version}`) ?? all;
    throw failure(
      ENGINE_ERRORS.contractMismatch,
      { plugin, wanted: kind, offered: close.join(', ') },
      { pluginId: plugin },
    );
  }
  return KIND_HOOKS[name] ?? [];
}
