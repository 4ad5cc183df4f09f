/** Changing what is installed: one process at a time, the record last. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DOWNLOAD_ERRORS, failure, isLoopstickError, lockPart, makeFolder, systemCode } from '@loopstick/core';

import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import {
  entryOf,
  pluginsFolder,
  readLock,
  writeLock,
  type LockEntry,
  type PluginLock,
  type PluginsFolder,
} from './plugin-lock.ts';

/** To rename and to record takes milliseconds, on a busy disk seconds. */
const LONGEST_WAIT_MS = 30_000;
const LOOK_AGAIN_MS = 50;
/** Nobody leaves a question unanswered for longer. */
const STALE_MS = 24 * 60 * 60 * 1000;

export interface LockChange {
  readonly id: string;
  /** What was recorded when the change was thought of: it has to be so still. */
  readonly before: LockEntry | undefined;
  /** Undefined removes it. */
  readonly after: LockEntry | undefined;
}

/**
 * Makes a change count, which `prepare` does the work for when nobody else can be at it. What an earlier change has left
 * is cleared away. The folder of what is replaced stays until the next change: programs that run may still read it.
 * @throws LoopstickError PLUGIN_BUSY, PLUGIN_CHANGED_MEANWHILE, PLUGIN_LOCK_DAMAGED; the system's own errors
 */
export async function changePlugins(
  { context }: Pick<PluginHome, 'context'>,
  { id, before, after }: LockChange,
  prepare: (lock: PluginLock) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const folder = pluginsFolder(context.paths);
  await makeFolder(folder.root);
  const release = await alone(folder.mutex, context, signal);
  try {
    const lock = await readLock(folder);
    if (JSON.stringify(entryOf(lock, id)) !== JSON.stringify(before)) {
      throw failure(PLUGIN_ERRORS.meanwhile, { plugin: id });
    }
    const others = Object.fromEntries(Object.entries(lock).filter(([name]) => name !== id));
    const next = after === undefined ? others : { ...others, [id]: after };
    await prepare(next);
    await writeLock(folder, next, context);
    const kept = new Set(foldersOf(next));
    if (after !== undefined && before?.folder !== undefined) kept.add(before.folder);
    await sweep(folder.root, kept);
    await sweepStaging(folder);
  } finally {
    await release();
  }
}

/** Names of the folders that are in use. */
export function foldersOf(lock: PluginLock): string[] {
  return Object.values(lock).flatMap(({ folder }) => folder ?? []);
}

async function alone(
  mutex: string,
  { random, clock }: Pick<PluginHome['context'], 'random' | 'clock'>,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  const began = clock();
  for (;;) {
    signal.throwIfAborted();
    try {
      const lock = await lockPart(mutex, 'the installed plugins', { random });
      return () => lock.release();
    } catch (error) {
      if (!isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) throw error;
      if (clock() - began > LONGEST_WAIT_MS) throw failure(PLUGIN_ERRORS.busy, { lock: mutex }, { cause: error });
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

const OWN_FOLDER = /^[a-z0-9-]+@[A-Za-z0-9.+-]+\.[0-9a-f]{12}$/;

/** Folders of plugins that nothing names any more. */
async function sweep(root: string, kept: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(root)) {
    if (OWN_FOLDER.test(name) && !kept.has(name)) await rm(join(root, name), { recursive: true, force: true });
  }
}

/**
 * What was being installed a day ago is no longer. The time is that of the file system: the record has just been written.
 */
async function sweepStaging({ staging, lockFile }: PluginsFolder): Promise<void> {
  const names = await readdir(staging).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  const { mtimeMs: now } = await stat(lockFile);
  for (const name of names) {
    const path = join(staging, name);
    const made = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => Infinity,
    );
    if (now - made > STALE_MS) await rm(path, { recursive: true, force: true });
  }
}
