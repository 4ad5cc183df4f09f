import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import {
  failure,
  isLoopstickError,
  reasonOf,
  systemCode,
  type Context,
  type LoopstickError,
  type PluginPlace,
} from '@loopstick/core';

import { blockOf, readBlocksNow } from './plugins/blocks.ts';
import { PLUGIN_ERRORS } from './plugins/plugin-errors.ts';
import { pluginsFolder, readLockNow, sourceWords, type LockEntry, type PluginLock } from './plugins/plugin-lock.ts';
import { LOCK_STAMP, readStampsNow, stampOf, tryKeepStamps, type Stamps } from './plugins/stamps.ts';

export interface InstalledPlugins {
  /** What is recorded of them, those that are left out included. */
  readonly recorded: PluginLock;
  /** Those that may be used. */
  readonly places: readonly PluginPlace[];
  /** Those that are left out, by id or folder, and why. */
  readonly refused: readonly RefusedPlugin[];
}

export interface RefusedPlugin {
  readonly name: string;
  readonly error: LoopstickError;
}

/**
 * The plugins that the user has installed, in alphabetical order. Their files are looked at, and read only when they do
 * not look as they did when they were installed.
 * @param registries names of those that are trusted: what they block is not used
 * @throws LoopstickError PLUGIN_LOCK_DAMAGED; the system's own errors
 */
export async function installedPlugins(
  context: Pick<Context, 'paths' | 'random'>,
  registries: readonly string[],
): Promise<InstalledPlugins> {
  const folder = pluginsFolder(context.paths);
  const stamps = readStampsNow(folder);
  const { lock, digest } = readLockNow(folder, stamps[LOCK_STAMP]);
  const blocks = readBlocksNow(context.paths, registries);
  const places: PluginPlace[] = [];
  const refused: RefusedPlugin[] = [];
  const fresh: Record<string, string> = {};
  if (digest !== undefined && digest !== stamps[LOCK_STAMP]) fresh[LOCK_STAMP] = digest;
  for (const [id, entry] of Object.entries(lock)) {
    const directory = entry.folder === undefined ? pathOf(entry) : join(folder.root, entry.folder);
    const block = blockOf(blocks, id, entry.version);
    try {
      if (block !== undefined) throw failure(PLUGIN_ERRORS.blocked, { plugin: id, version: entry.version, ...block });
      const stamp = await checked(id, entry, directory, stamps);
      if (stamp !== undefined && entry.folder !== undefined) fresh[entry.folder] = stamp;
      // Of a plugin that is being written, what it declares changes.
      const granted = entry.folder === undefined ? undefined : entry.granted;
      places.push({ directory, trust: entry.trust, granted });
    } catch (error) {
      if (!isLoopstickError(error)) throw error;
      refused.push({ name: id, error });
    }
  }
  const known = new Set(Object.values(lock).flatMap(({ folder: name }) => name ?? []));
  for (const directory of strangers(folder.root, known)) {
    refused.push({ name: directory, error: failure(PLUGIN_ERRORS.notRecorded, { directory }) });
  }
  if (Object.keys(fresh).length > 0) await tryKeepStamps(folder, fresh, known, context);
  return { recorded: lock, places, refused };
}

/** The new stamp when the files had to be read. @throws LoopstickError PLUGIN_CHANGED, PLUGIN_FOLDER_MISSING */
async function checked(id: string, entry: LockEntry, directory: string, stamps: Stamps): Promise<string | undefined> {
  const missing = (cause: unknown): Error =>
    failure(PLUGIN_ERRORS.missing, { plugin: id, directory, source: sourceWords(id, entry) }, { cause });
  // What is linked is being worked on.
  if (entry.folder === undefined) {
    if (existsSync(directory)) return undefined;
    throw missing(undefined);
  }
  let stamp: string;
  try {
    stamp = stampOf(directory);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw missing(cause);
    const problem = failure(PLUGIN_ERRORS.unreadable, { package: directory, problem: reasonOf(cause) }, { cause });
    throw failure(PLUGIN_ERRORS.changed, { plugin: id, directory, source: sourceWords(id, entry) }, { cause: problem });
  }
  if (stamps[entry.folder] === stamp) return undefined;
  const { requireContent } = await import('./plugins/require-content.ts');
  await requireContent(id, entry, directory);
  return stamp;
}

function pathOf({ source }: LockEntry): string {
  return 'path' in source ? source.path : '';
}

const OWN_FOLDER = /^[a-z0-9-]+@[A-Za-z0-9.+-]+\.[0-9a-f]{12}$/;

/** Folders that somebody else has put there. What an installation has left that was killed, the next one clears away. */
function strangers(root: string, known: ReadonlySet<string>): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => !entry.isFile() && !entry.name.startsWith('.') && !known.has(entry.name))
      .filter((entry) => !OWN_FOLDER.test(entry.name))
      .map((entry) => join(root, entry.name))
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
