/** What is done with plugins. Each is loaded when it is done: most commands install nothing. */
import type { Context } from '@loopstick/core';

import type { createPlugin as create } from './author/create-plugin.ts';
import type { PackedPlugin } from './author/pack-plugin.ts';
import type { InstallOptions, InstallResult, PluginProposal } from './plugins/install.ts';
import type { FindOptions } from './plugins/find-package.ts';
import type { linkPlugin as link, PluginCheck } from './plugins/manage.ts';
import type { PluginHome } from './plugins/plugin-home.ts';
import type { LockEntry, PluginLock } from './plugins/plugin-lock.ts';
import type { ListedPlugin, SearchOptions } from './plugins/search.ts';
import type { PluginUpdate } from './plugins/update.ts';
import type { Withdrawal } from './plugins/withdrawn.ts';
import type { addPlugin as add } from './publish/plugins.ts';

// ── installing: plugins/ ────────────────────────────────────────────────────────────────────────────────────────────

/** As in plugins/install.ts. */
export async function installPlugin(home: PluginHome, source: string, options: InstallOptions): Promise<InstallResult> {
  return (await import('./plugins/install.ts')).installPlugin(home, source, options);
}

/** As in plugins/install.ts. */
export async function previewPlugin(home: PluginHome, source: string, options: FindOptions): Promise<PluginProposal> {
  return (await import('./plugins/install.ts')).previewPlugin(home, source, options);
}

/** As in plugins/update.ts. */
export async function updatePlugins(
  home: PluginHome,
  ids: readonly string[],
  options: Omit<InstallOptions, 'replace' | 'registry'>,
): Promise<PluginUpdate[]> {
  return (await import('./plugins/update.ts')).updatePlugins(home, ids, options);
}

/** As in plugins/manage.ts. */
export async function pluginLock(home: Pick<PluginHome, 'context'>): Promise<PluginLock> {
  return (await import('./plugins/manage.ts')).pluginLock(home);
}

/** As in plugins/manage.ts. */
export async function removeInstalled(home: PluginHome, id: string, signal: AbortSignal): Promise<LockEntry> {
  return (await import('./plugins/manage.ts')).removePlugin(home, id, signal);
}

/** As in plugins/manage.ts. */
export async function linkPlugin(...parameters: Parameters<typeof link>): ReturnType<typeof link> {
  return (await import('./plugins/manage.ts')).linkPlugin(...parameters);
}

/** As in plugins/manage.ts. */
export async function verifyPlugins(
  home: PluginHome,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<PluginCheck[]> {
  return (await import('./plugins/manage.ts')).verifyPlugins(home, ids, signal);
}

/** As in plugins/search.ts. */
export async function searchPlugins(
  home: PluginHome,
  words: readonly string[],
  options: SearchOptions,
): Promise<ListedPlugin[]> {
  return (await import('./plugins/search.ts')).searchPlugins(home, words, options);
}

/** As in plugins/search.ts. */
export async function showPlugin(home: PluginHome, id: string, options: SearchOptions): Promise<ListedPlugin[]> {
  return (await import('./plugins/search.ts')).showPlugin(home, id, options);
}

/** As in plugins/withdrawn.ts. */
export async function withdrawnPlugins(
  home: Pick<PluginHome, 'registries' | 'context'>,
  lock: PluginLock,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Withdrawal>> {
  return (await import('./plugins/withdrawn.ts')).withdrawnPlugins(home, lock, signal);
}

// ── writing: author/ ────────────────────────────────────────────────────────────────────────────────────────────────

/** As in author/create-plugin.ts. */
export async function createPlugin(...parameters: Parameters<typeof create>): ReturnType<typeof create> {
  return (await import('./author/create-plugin.ts')).createPlugin(...parameters);
}

/** As in author/pack-plugin.ts. */
export async function packPlugin(directory: string, signal: AbortSignal): Promise<PackedPlugin> {
  return (await import('./author/pack-plugin.ts')).packPlugin(directory, signal);
}

// ── publishing: publish/ ────────────────────────────────────────────────────────────────────────────────────────────

type Outer = Pick<Context, 'random' | 'now'>;

/** As in publish/plugins.ts. */
export async function addPlugin(...parameters: Parameters<typeof add>): ReturnType<typeof add> {
  return (await import('./publish/plugins.ts')).addPlugin(...parameters);
}

/** As in publish/plugins.ts. */
export async function blockPlugin(
  directory: string,
  id: string,
  range: string,
  reason: string,
  context: Outer,
): Promise<void> {
  return (await import('./publish/plugins.ts')).blockPlugin(directory, id, range, reason, context);
}

/** As in publish/plugins.ts. */
export async function unblockPlugin(directory: string, id: string, range: string, context: Outer): Promise<void> {
  return (await import('./publish/plugins.ts')).unblockPlugin(directory, id, range, context);
}

/** As in publish/plugins.ts. */
export async function withdrawPlugin(directory: string, id: string, reason: string, context: Outer): Promise<void> {
  return (await import('./publish/plugins.ts')).removePlugin(directory, id, reason, context);
}
