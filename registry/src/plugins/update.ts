import { failure, isLoopstickError, type LoopstickError } from '@loopstick/core';

import { blockOf, readBlocksNow } from './blocks.ts';
import { installPlugin, type InstallOptions } from './install.ts';
import { pluginLock, requireInstalled } from './manage.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import type { LockEntry } from './plugin-lock.ts';

export interface PluginUpdate {
  readonly id: string;
  readonly from: string;
  /** Missing when it failed. */
  readonly to?: string | undefined;
  readonly state: 'updated' | 'current' | 'failed';
  readonly error?: LoopstickError | undefined;
}

/**
 * Installs the newest version of each from where it came from. One that fails costs the others nothing.
 * @param ids all that are installed when there are none; what is linked is left out then
 * @throws LoopstickError PLUGIN_NOT_INSTALLED, PLUGIN_BUNDLED, PLUGIN_LOCK_DAMAGED; the signal's reason; the system's own
 *   errors
 */
export async function updatePlugins(
  home: PluginHome,
  ids: readonly string[],
  options: Omit<InstallOptions, 'replace' | 'registry'>,
): Promise<PluginUpdate[]> {
  const lock = await pluginLock(home);
  const entries = (ids.length > 0 ? ids : Object.keys(lock)).map(
    (id) => [id, requireInstalled(home, lock, id)] as const,
  );
  const updates: PluginUpdate[] = [];
  for (const [id, entry] of entries) {
    if (entry.source.type === 'link') {
      updates.push({ id, from: entry.version, to: entry.version, state: 'current' });
      continue;
    }
    updates.push(await updateOne(home, id, entry, options));
  }
  return updates;
}

async function updateOne(
  home: PluginHome,
  id: string,
  { version: from, source }: LockEntry,
  options: Omit<InstallOptions, 'replace' | 'registry'>,
): Promise<PluginUpdate> {
  const registry = source.type === 'registry' ? source.registry : undefined;
  const words = source.type === 'registry' ? id : source.type === 'npm' ? `npm:${source.package}` : source.path;
  try {
    const { entry, changed } = await installPlugin(home, words, { ...options, registry, replace: false });
    return { id, from, to: entry.version, state: changed ? 'updated' : 'current' };
  } catch (error) {
    options.signal.throwIfAborted();
    if (!isLoopstickError(error)) throw error;
    if (error.code !== PLUGIN_ERRORS.downgrade.code) return { id, from, state: 'failed', error };
    // What is installed is newer than all that there is: nobody has asked to go back. He may have to.
    const names = home.registries.map(({ name }) => name);
    const block = blockOf(readBlocksNow(home.context.paths, names), id, from);
    if (block === undefined) return { id, from, to: from, state: 'current' };
    const values = { plugin: id, version: from, ...block };
    return { id, from, state: 'failed', error: failure(PLUGIN_ERRORS.blocked, values, { pluginId: id }) };
  }
}
