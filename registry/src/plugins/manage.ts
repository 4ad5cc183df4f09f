/** What is done with installed plugins besides installing them. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { failure, inspectPlugin, isLoopstickError, type LoopstickError, type PluginManifest } from '@loopstick/core';

import { blockOf, readBlocksNow } from './blocks.ts';
import { changePlugins } from './change-plugins.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import { entryOf, pluginsFolder, readLock, sourceWords, type LockEntry, type PluginLock } from './plugin-lock.ts';
import { requireContent } from './require-content.ts';

/** The record of all that is installed. @throws LoopstickError PLUGIN_LOCK_DAMAGED; the system's own errors */
export async function pluginLock({ context }: Pick<PluginHome, 'context'>): Promise<PluginLock> {
  return readLock(pluginsFolder(context.paths));
}

/**
 * Removes a plugin with its files; of one that is linked only the record.
 * @throws LoopstickError PLUGIN_NOT_INSTALLED, PLUGIN_BUNDLED; those of changePlugins
 */
export async function removePlugin(home: PluginHome, id: string, signal: AbortSignal): Promise<LockEntry> {
  const before = requireInstalled(home, await pluginLock(home), id);
  await changePlugins(home, { id, before, after: undefined }, async () => undefined, signal);
  return before;
}

/**
 * Uses a plugin from where it is, as it is at the time: for those who write one.
 * @throws LoopstickError of inspectPlugin and changePlugins; PLUGIN_UNTRUSTED, PLUGIN_NAME_RESERVED, PLUGIN_ID_CLAIMED
 */
export async function linkPlugin(
  home: PluginHome,
  path: string,
  { trust, replace, signal }: { readonly trust: boolean; readonly replace: boolean; readonly signal: AbortSignal },
): Promise<{ readonly manifest: PluginManifest; readonly entry: LockEntry }> {
  const directory = resolve(path);
  const manifest = await inspectPlugin(directory, signal);
  const { id, version, kinds, engine, permissions, entry: code } = manifest;
  if (home.bundled.includes(id)) {
    throw failure(PLUGIN_ERRORS.reserved, { name: id, place: directory }, { pluginId: id });
  }
  if (code !== undefined && !trust) throw failure(PLUGIN_ERRORS.untrusted, { plugin: id }, { pluginId: id });
  const before = entryOf(await pluginLock(home), id);
  if (before !== undefined && ['registry', 'npm'].includes(before.source.type) && !replace) {
    const owner = `installed from ${sourceWords(id, before)}`;
    const values = { package: directory, plugin: id, owner, command: `loopstick plugin update ${id}` };
    throw failure(PLUGIN_ERRORS.claimed, values, { pluginId: id });
  }
  const entry: LockEntry = {
    version,
    source: { type: 'link', path: directory },
    trust: code === undefined ? 'data' : 'unsigned',
    granted: permissions,
    kinds: [...kinds],
    engine,
    installed: home.context.now().toISOString(),
  };
  await changePlugins(home, { id, before, after: entry }, async () => undefined, signal);
  return { manifest, entry };
}

export interface PluginCheck {
  readonly id: string;
  readonly version: string;
  /** `linked`: it is used as it is, so there is nothing to compare it with. */
  readonly state: 'right' | 'wrong' | 'linked';
  readonly error?: LoopstickError | undefined;
}

/**
 * Reads all files of plugins, and compares them with the record.
 * @param ids all that are installed when there are none
 * @throws LoopstickError PLUGIN_NOT_INSTALLED, PLUGIN_BUNDLED, PLUGIN_LOCK_DAMAGED; the system's own errors
 */
export async function verifyPlugins(
  home: PluginHome,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<PluginCheck[]> {
  const lock = await pluginLock(home);
  const blocks = readBlocksNow(
    home.context.paths,
    home.registries.map(({ name }) => name),
  );
  const checks: PluginCheck[] = [];
  for (const id of ids.length > 0 ? ids : Object.keys(lock)) {
    signal.throwIfAborted();
    const entry = requireInstalled(home, lock, id);
    const { version, folder } = entry;
    const block = blockOf(blocks, id, version);
    try {
      if (block !== undefined) throw failure(PLUGIN_ERRORS.blocked, { plugin: id, version, ...block });
      if (folder !== undefined) await checkFiles(home, id, entry, folder);
      checks.push({ id, version, state: folder === undefined ? 'linked' : 'right' });
    } catch (error) {
      if (!isLoopstickError(error)) throw error;
      checks.push({ id, version, state: 'wrong', error });
    }
  }
  return checks;
}

async function checkFiles({ context }: PluginHome, id: string, entry: LockEntry, folder: string): Promise<void> {
  const directory = join(pluginsFolder(context.paths).root, folder);
  if (!existsSync(directory)) {
    throw failure(PLUGIN_ERRORS.missing, { plugin: id, directory, source: sourceWords(id, entry) });
  }
  await requireContent(id, entry, directory);
}

/** @throws LoopstickError PLUGIN_NOT_INSTALLED, PLUGIN_BUNDLED */
export function requireInstalled({ bundled }: Pick<PluginHome, 'bundled'>, lock: PluginLock, id: string): LockEntry {
  const entry = entryOf(lock, id);
  if (entry !== undefined) return entry;
  if (bundled.includes(id)) throw failure(PLUGIN_ERRORS.bundled, { plugin: id });
  const installed = Object.keys(lock).join(', ') || 'nothing';
  throw failure(PLUGIN_ERRORS.notInstalled, { plugin: id, installed });
}
