/** The record of what is installed: `plugins.lock.json`. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  describeIssues,
  failure,
  makeFolder,
  messageOf,
  systemCode,
  writeFileDurably,
  type Context,
  type PluginPermissions,
} from '@loopstick/core';
import { z } from 'zod';

import { PLUGIN_ERRORS } from './plugin-errors.ts';

/** Where a plugin was taken from. */
export type PluginSource =
  | { readonly type: 'registry'; readonly registry: string }
  | { readonly type: 'npm'; readonly registry: string; readonly package: string }
  | { readonly type: 'tarball' | 'folder' | 'link'; readonly path: string };

/** How far an installed plugin is trusted: the tiers of core, without that of what comes with the program. */
export type InstalledTrust = 'registry' | 'data' | 'unsigned';

/** One installed plugin. What is missing does not apply to its source. */
export interface LockEntry {
  readonly version: string;
  readonly source: PluginSource;
  /** Where the tarball came from. */
  readonly resolved?: string | undefined;
  /** SHA-512 of the tarball, as in package-lock.json. */
  readonly integrity?: string | undefined;
  /** Of the files, the same on every system: see contentHash. */
  readonly content?: string | undefined;
  /** Name of its folder below that of the plugins. */
  readonly folder?: string | undefined;
  readonly trust: InstalledTrust;
  /** What the user has agreed to. */
  readonly granted: PluginPermissions;
  /** With the version of each contract: `distro@1`. */
  readonly kinds: readonly string[];
  readonly engine: string;
  readonly publisher?: string | undefined;
  /** ISO 8601. */
  readonly installed: string;
}

/** By id, in alphabetical order. */
export type PluginLock = Readonly<Record<string, LockEntry>>;

const text = z.string().max(2000);
const sourceSchema: z.ZodType<PluginSource, unknown> = z.discriminatedUnion('type', [
  z.object({ type: z.literal('registry'), registry: text }),
  z.object({ type: z.literal('npm'), registry: text, package: text }),
  z.object({ type: z.enum(['tarball', 'folder', 'link']), path: text }),
]);

const entrySchema: z.ZodType<LockEntry, unknown> = z.object({
  version: text,
  source: sourceSchema,
  resolved: text.optional(),
  integrity: text.optional(),
  content: text.optional(),
  folder: z
    .string()
    .regex(/^[a-z0-9-]+@[A-Za-z0-9.+-]+\.[0-9a-f]{12}$/)
    .optional(),
  trust: z.enum(['registry', 'data', 'unsigned']),
  granted: z.object({ hosts: z.array(text), programs: z.array(text), paths: z.array(text) }),
  kinds: z.array(text),
  engine: text,
  publisher: text.optional(),
  installed: text,
});

const lockSchema: z.ZodType<{ plugins: PluginLock }, unknown> = z.object({
  schema: z.literal(1),
  plugins: z.record(z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), entrySchema),
});

/** The folder of installed plugins, and what is in it. */
export interface PluginsFolder {
  readonly root: string;
  readonly lockFile: string;
  /** How the files looked when they were written; of use on this machine only. */
  readonly stampsFile: string;
  /** Who may change anything of this. */
  readonly mutex: string;
  readonly staging: string;
}

export function pluginsFolder({ data }: Pick<Context['paths'], 'data'>): PluginsFolder {
  const root = join(data, 'plugins');
  return {
    root,
    lockFile: join(root, 'plugins.lock.json'),
    stampsFile: join(root, '.stamps.json'),
    mutex: join(root, '.lock'),
    staging: join(root, '.staging'),
  };
}

/** Empty when nothing was ever installed. @throws LoopstickError PLUGIN_LOCK_DAMAGED; the system's own errors */
export async function readLock({ lockFile }: PluginsFolder): Promise<PluginLock> {
  try {
    return parseLock(await readFile(lockFile, 'utf8'), lockFile);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw error;
  }
}

/** The record at the start of the program, and what its text is known by. */
export interface LockNow {
  readonly lock: PluginLock;
  /** SHA-256, hexadecimal; undefined when there is none. */
  readonly digest: string | undefined;
}

/**
 * The same at the start of the program, where a few small files are read sooner without leaving the thread.
 * @param checked the digest of a text that was found to be right: that one is not checked again
 */
export function readLockNow({ lockFile }: PluginsFolder, checked: string | undefined): LockNow {
  let text: string;
  try {
    text = readFileSync(lockFile, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return { lock: {}, digest: undefined };
    throw error;
  }
  const digest = createHash('sha256').update(text).digest('hex');
  if (digest === checked) return { lock: (JSON.parse(text) as { readonly plugins: PluginLock }).plugins, digest };
  return { lock: parseLock(text, lockFile), digest };
}

/** Replaces the record as a whole: with it, what was done counts. */
export async function writeLock(
  { root, lockFile }: PluginsFolder,
  plugins: PluginLock,
  { random }: Pick<Context, 'random'>,
): Promise<void> {
  const sorted = Object.fromEntries(Object.entries(plugins).sort(([a], [b]) => (a < b ? -1 : 1)));
  await makeFolder(root);
  const json = `${JSON.stringify({ schema: 1, plugins: sorted }, null, 2)}\n`;
  await writeFileDurably(lockFile, json, Buffer.from(random(6)).toString('hex'));
}

function parseLock(json: string, file: string): PluginLock {
  let parsed;
  try {
    parsed = lockSchema.safeParse(JSON.parse(json));
  } catch (cause) {
    throw failure(PLUGIN_ERRORS.lockDamaged, { file, problem: messageOf(cause) }, { cause });
  }
  if (parsed.success) return parsed.data.plugins;
  throw failure(PLUGIN_ERRORS.lockDamaged, { file, problem: describeIssues(parsed.error) });
}

/** Undefined for an id such as `constructor` that is not installed. */
export function entryOf(lock: PluginLock, id: string): LockEntry | undefined {
  return Object.hasOwn(lock, id) ? lock[id] : undefined;
}

/** A source in the words that install it again. */
export function sourceWords(id: string, { source, version }: Pick<LockEntry, 'source' | 'version'>): string {
  if (source.type === 'registry') return `${id}@${version}`;
  return source.type === 'npm' ? `npm:${source.package}@${version}` : source.path;
}
