import { isLoopstickError, requireCompatible, type PluginPermissions } from '@loopstick/core';
import rcompare from 'semver/functions/rcompare.js';

import type { IndexedPlugin, IndexedRelease } from '../tuf/plugin-index.ts';
import { blockOf, readBlocksNow, type OwnedBlock } from './blocks.ts';
import type { PluginHome } from './plugin-home.ts';
import { entryOf, type LockEntry } from './plugin-lock.ts';
import { pluginLock } from './manage.ts';
import { holdersOf, readRegistries } from './registry-plugins.ts';

export interface SearchOptions {
  readonly offline: boolean;
  readonly signal: AbortSignal;
}

/** A release as a registry tells of it, and whether it can be used here. */
export interface ListedRelease {
  readonly version: string;
  readonly description: string;
  readonly kinds: readonly string[];
  readonly engine: string;
  readonly permissions: PluginPermissions;
  readonly code: boolean;
  readonly publisher?: string | undefined;
  readonly deprecated?: string | undefined;
  readonly published: string;
  /** In bytes. */
  readonly size: number;
  /** Why it cannot be used here; missing when it can. */
  readonly obstacle?: string | undefined;
}

export interface ListedPlugin {
  readonly id: string;
  readonly registry: string;
  /** Newest first; none of a plugin that was taken out. */
  readonly releases: readonly ListedRelease[];
  readonly blocked: readonly { readonly range: string; readonly reason: string }[];
  readonly removed?: { readonly reason: string; readonly at: string } | undefined;
  readonly installed?: LockEntry | undefined;
}

/**
 * What registries have whose id, description, kinds or publisher has all of these words; all of it without words.
 * @throws LoopstickError PLUGIN_LOCK_DAMAGED; the signal's reason; the system's own errors. What cannot be read of a
 *   registry is a warning.
 */
export async function searchPlugins(
  home: PluginHome,
  words: readonly string[],
  options: SearchOptions,
): Promise<ListedPlugin[]> {
  const wanted = words.map((word) => word.toLowerCase());
  const all = await listedPlugins(home, options);
  return all.filter(({ id, releases: [newest] }) => {
    if (newest === undefined) return false;
    const text = [id, newest.description, newest.publisher ?? '', ...newest.kinds].join(' ').toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** All that registries say of one id. @throws as searchPlugins */
export async function showPlugin(home: PluginHome, id: string, options: SearchOptions): Promise<ListedPlugin[]> {
  return (await listedPlugins(home, options, id)).filter((plugin) => plugin.id === id);
}

async function listedPlugins(home: PluginHome, options: SearchOptions, only?: string): Promise<ListedPlugin[]> {
  const { registries, problems } = await readRegistries(home.registries, home.context, { ...options, current: false });
  problems.forEach(home.warn);
  const names = home.registries.map(({ name }) => name);
  const blocks = readBlocksNow(home.context.paths, names);
  const lock = await pluginLock(home);
  const ids = new Set(only === undefined ? registries.flatMap(({ copy }) => Object.keys(copy.index.plugins)) : [only]);
  return [...ids].sort().flatMap((id) =>
    holdersOf(registries, id).map(({ holder, plugin }) => ({
      ...listed(id, plugin, blocks),
      registry: holder.registry.name,
      installed: entryOf(lock, id),
    })),
  );
}

function listed(
  id: string,
  { releases, blocked, removed }: IndexedPlugin,
  blocks: readonly OwnedBlock[],
): Pick<ListedPlugin, 'id' | 'releases' | 'blocked' | 'removed'> {
  const newestFirst = [...releases].sort((a, b) => rcompare(a.version, b.version));
  return {
    id,
    releases: newestFirst.map((release) => ({ ...release, obstacle: obstacleOf(id, release, blocks) })),
    blocked,
    removed,
  };
}

function obstacleOf(
  id: string,
  { version, engine, kinds }: IndexedRelease,
  blocks: readonly OwnedBlock[],
): string | undefined {
  const block = blockOf(blocks, id, version);
  if (block !== undefined) return `blocked: ${block.reason}`;
  try {
    requireCompatible({ id, engine, kinds });
    return undefined;
  } catch (error) {
    if (isLoopstickError(error)) return error.message;
    throw error;
  }
}
