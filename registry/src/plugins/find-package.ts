import { failure, nearest, type LoopstickError } from '@loopstick/core';

import { blockOf, readBlocksNow, type OwnedBlock } from './blocks.ts';
import { chooseRelease } from './choose-release.ts';
import type { FoundPackage } from './found-package.ts';
import { fromPath } from './from-path.ts';
import { parseSource, type WantedPlugin } from './parse-source.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import { fromRegistry, holdersOf, readRegistries, type RegistryPlugins } from './registry-plugins.ts';

export interface FindOptions {
  /** Of several registries this one. */
  readonly registry?: string | undefined;
  /** Nothing is fetched. */
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** A package with what is known of others: what registries have, and what they block. */
export interface Finding {
  readonly found: FoundPackage;
  readonly registries: readonly RegistryPlugins[];
  readonly blocks: readonly OwnedBlock[];
}

/**
 * Fetches what somebody wants to install. Registries are read first, whatever the source is: they say what is blocked.
 * @throws LoopstickError PLUGIN_BAD_SOURCE, PLUGIN_UNKNOWN, PLUGIN_AMBIGUOUS; those of chooseRelease; those of each source
 */
export async function findPackage(home: PluginHome, source: string, options: FindOptions): Promise<Finding> {
  const wanted = parseSource(source);
  const { registries, problems } = await readRegistries(home.registries, home.context, {
    offline: options.offline || wanted.type === 'path',
    current: true,
    signal: options.signal,
  });
  problems.forEach(home.warn);
  const blocks = readBlocksNow(
    home.context.paths,
    home.registries.map(({ name }) => name),
  );
  return { found: await fetched(home, wanted, registries, blocks, options), registries, blocks };
}

async function fetched(
  home: PluginHome,
  wanted: WantedPlugin,
  registries: readonly RegistryPlugins[],
  blocks: readonly OwnedBlock[],
  { registry, signal }: FindOptions,
): Promise<FoundPackage> {
  if (wanted.type === 'path') return fromPath(wanted.path);
  if (wanted.type === 'npm') {
    requireForeign(home, wanted.package);
    const { fromNpm } = await import('./npm/npm-package.ts');
    return fromNpm(wanted, home.settings.plugins.npm, blocks, home.context, signal);
  }
  const { id, range } = wanted;
  const holders = holdersOf(registries, id).filter(({ holder }) =>
    [undefined, holder.registry.name].includes(registry),
  );
  const [first, ...others] = holders;
  if (first === undefined) throw unknown(home, id, registries);
  if (others.length > 0) {
    const names = holders.map(({ holder }) => holder.registry.name).join(', ');
    throw failure(PLUGIN_ERRORS.ambiguous, { plugin: id, registries: names });
  }
  const { holder, plugin } = first;
  if (plugin.removed !== undefined) {
    const values = { plugin: id, registry: holder.registry.name, reason: plugin.removed.reason };
    throw failure(PLUGIN_ERRORS.withdrawn, values, { pluginId: id });
  }
  const release = chooseRelease({
    id,
    range,
    command: (version) => `loopstick plugin install ${id}@${version}`,
    releases: plugin.releases.map((each) => ({ ...each, blocked: blockOf(blocks, id, each.version) })),
  });
  return fromRegistry(holder, id, release, home.context, signal);
}

/**
 * Nobody publishes Loopstick's own plugins on npm: who offers one there hopes that somebody looks there first.
 * @throws LoopstickError PLUGIN_NAME_RESERVED
 */
function requireForeign({ bundled, settings }: PluginHome, name: string): void {
  const isOwn = name.startsWith('@loopstick/') || bundled.includes(name.replace(/^(?:loopstick-)?(?:plugin-)?/, ''));
  if (isOwn) throw failure(PLUGIN_ERRORS.reserved, { name, place: settings.plugins.npm.registry });
}

function unknown({ bundled }: PluginHome, id: string, registries: readonly RegistryPlugins[]): LoopstickError {
  if (bundled.includes(id)) return failure(PLUGIN_ERRORS.bundled, { plugin: id });
  const known = registries.flatMap(({ copy }) => Object.keys(copy.index.plugins));
  const [guess] = nearest(id, known);
  return failure(PLUGIN_ERRORS.unknown, { plugin: id, guess: guess === undefined ? '' : ` Did you mean "${guess}"?` });
}
