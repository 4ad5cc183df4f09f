/** Installing a plugin: found, staged, looked at, agreed to, and put into place. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  failure,
  inspectPlugin,
  makeFolder,
  renameDurably,
  type LoopstickError,
  type PluginManifest,
  type PluginPermissions,
} from '@loopstick/core';

import { changePlugins, foldersOf } from './change-plugins.ts';
import { checkFound, similarName, type CheckOptions } from './check-found.ts';
import { findPackage, type Finding, type FindOptions } from './find-package.ts';
import type { FoundPackage } from './found-package.ts';
import { requireSelfContained, writePackage } from './inspect-package.ts';
import { contentHash } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import {
  entryOf,
  pluginsFolder,
  readLock,
  type InstalledTrust,
  type LockEntry,
  type PluginSource,
} from './plugin-lock.ts';
import { keepStamps, stampOf } from './stamps.ts';

/** What would be installed: all that somebody needs to know to say yes. */
export interface PluginProposal {
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly publisher: string | undefined;
  readonly kinds: readonly string[];
  readonly trust: InstalledTrust;
  /** It has code, which runs when it is used. */
  readonly code: boolean;
  readonly source: PluginSource;
  readonly permissions: PluginPermissions;
  /** Those that were not granted yet; all of them when it is new. */
  readonly added: PluginPermissions;
  /** What is installed under its id at present. */
  readonly before: LockEntry | undefined;
  readonly warnings: readonly LoopstickError[];
}

export interface InstallOptions extends FindOptions, CheckOptions {
  /** Code that nobody vouches for is wanted. */
  readonly trust: boolean;
  /** Asked when something is to be agreed to. */
  readonly approve: (proposal: PluginProposal) => Promise<boolean>;
}

export interface InstallResult {
  readonly proposal: PluginProposal;
  readonly entry: LockEntry;
  /** False when just this was installed before. */
  readonly changed: boolean;
}

/**
 * Installs a plugin, or another version of it. Either all of it counts in the end or nothing, also when the process is
 * killed: files are staged first, then renamed into a folder of their own, and the record says at last that it is this one.
 * @throws LoopstickError of findPackage, inspectPlugin, requireSelfContained, checkFound and changePlugins;
 *   PLUGIN_UNTRUSTED, PLUGIN_DECLINED; the system's own errors
 */
export async function installPlugin(home: PluginHome, source: string, options: InstallOptions): Promise<InstallResult> {
  const finding = await findPackage(home, source, options);
  return withStaged(home, finding.found, options.signal, async (manifest, staged) => {
    const before = entryOf(await readLock(pluginsFolder(home.context.paths)), manifest.id);
    const proposal = proposalOf(home, manifest, finding, before);
    checkFound(home, manifest, finding, before, options);
    const content = contentHash(finding.found.files);
    const intact = before?.content === content && before.version === manifest.version;
    if (intact && same(before.source, proposal.source) && (await isIntact(home, proposal.id, before))) {
      return { proposal, entry: before, changed: false };
    }
    if (proposal.trust === 'unsigned' && !options.trust) {
      throw failure(PLUGIN_ERRORS.untrusted, { plugin: manifest.id }, { pluginId: manifest.id });
    }
    proposal.warnings.forEach(home.warn);
    if (needsYes(proposal) && !(await options.approve(proposal))) {
      throw failure(PLUGIN_ERRORS.declined, { plugin: manifest.id });
    }
    options.signal.throwIfAborted();
    const entry = await putInPlace(home, manifest, finding.found, proposal, { content, staged }, options.signal);
    return { proposal, entry, changed: true };
  });
}

/**
 * The same, short of installing it.
 * @throws LoopstickError of findPackage, inspectPlugin and requireSelfContained; the system's own errors
 */
export async function previewPlugin(home: PluginHome, source: string, options: FindOptions): Promise<PluginProposal> {
  const finding = await findPackage(home, source, options);
  return withStaged(home, finding.found, options.signal, async (manifest) => {
    const before = entryOf(await readLock(pluginsFolder(home.context.paths)), manifest.id);
    return proposalOf(home, manifest, finding, before);
  });
}

/** Unpacks into a folder of its own, which is gone afterwards unless it was renamed. */
async function withStaged<T>(
  { context }: PluginHome,
  { name, files }: FoundPackage,
  signal: AbortSignal,
  work: (manifest: PluginManifest, staged: string) => Promise<T>,
): Promise<T> {
  const staged = join(pluginsFolder(context.paths).staging, Buffer.from(context.random(8)).toString('hex'));
  await makeFolder(staged);
  try {
    await writePackage(files, staged);
    const manifest = await inspectPlugin(staged, signal, { name });
    requireSelfContained(manifest, files);
    return await work(manifest, staged);
  } finally {
    await rm(staged, { recursive: true, force: true });
  }
}

function proposalOf(
  home: PluginHome,
  manifest: PluginManifest,
  finding: Finding,
  before: LockEntry | undefined,
): PluginProposal {
  const { id, version, permissions, deprecated } = manifest;
  const { source } = finding.found;
  const warnings = [
    similarName(id, home, finding),
    deprecated === undefined
      ? undefined
      : failure(PLUGIN_ERRORS.deprecated, { plugin: id, version, reason: deprecated }, { pluginId: id }),
  ];
  const code = manifest.entry !== undefined;
  return {
    id,
    version,
    description: manifest.description,
    publisher: manifest.publisher,
    kinds: manifest.kinds,
    trust: source.type === 'registry' ? 'registry' : code ? 'unsigned' : 'data',
    code,
    source,
    permissions,
    added: beyond(permissions, before?.granted),
    before,
    warnings: warnings.filter((warning) => warning !== undefined),
  };
}

/** What is not among what was granted. */
function beyond(wanted: PluginPermissions, granted: PluginPermissions | undefined): PluginPermissions {
  const more = (kind: keyof PluginPermissions): string[] =>
    wanted[kind].filter((each) => granted?.[kind].includes(each) !== true);
  return { hosts: more('hosts'), programs: more('programs'), paths: more('paths') };
}

/** A newer version that wants no more, and is vouched for as before, is what its user has agreed to already. */
function needsYes({ before, added, trust, source }: PluginProposal): boolean {
  if (before === undefined) return true;
  if (before.trust !== trust || !same(before.source, source)) return true;
  return Object.values(added).some((each: readonly string[]) => each.length > 0);
}

function same(a: PluginSource, b: PluginSource): boolean {
  return JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());
}

/** Who installs it again may do so because somebody has changed its files. */
async function isIntact(home: PluginHome, id: string, entry: LockEntry): Promise<boolean> {
  const { requireContent } = await import('./require-content.ts');
  const directory = join(pluginsFolder(home.context.paths).root, entry.folder ?? '');
  return requireContent(id, entry, directory).then(
    () => true,
    () => false,
  );
}

async function putInPlace(
  home: PluginHome,
  { id, version, kinds, engine, publisher }: PluginManifest,
  { source, resolved, integrity }: FoundPackage,
  { trust, permissions, before }: PluginProposal,
  { content, staged }: { readonly content: string; readonly staged: string },
  signal: AbortSignal,
): Promise<LockEntry> {
  const { context } = home;
  const folder = pluginsFolder(context.paths);
  const name = `${id}@${version}.${Buffer.from(context.random(6)).toString('hex')}`;
  const entry: LockEntry = {
    version,
    source,
    ...(resolved === undefined ? {} : { resolved }),
    ...(integrity === undefined ? {} : { integrity }),
    content,
    folder: name,
    trust,
    granted: permissions,
    kinds: [...kinds],
    engine,
    ...(publisher === undefined ? {} : { publisher }),
    installed: context.now().toISOString(),
  };
  await changePlugins(
    home,
    { id, before, after: entry },
    async (next) => {
      await renameDurably(staged, join(folder.root, name));
      const stamps = { [name]: stampOf(join(folder.root, name)) };
      await keepStamps(folder, stamps, new Set(foldersOf(next)), context);
    },
    signal,
  );
  return entry;
}
