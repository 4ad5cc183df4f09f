/** Putting plugins into a registry, blocking versions of them, and taking them out. */
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { failure, formatBytes, makeFolder, writeFileDurably, type Context } from '@loopstick/core';
import validRange from 'semver/ranges/valid.js';

import { inspectPackage } from '../plugins/inspect-package.ts';
import { integrityOf, TARBALL_LIMIT } from '../plugins/package-files.ts';
import { PLUGIN_ERRORS } from '../plugins/plugin-errors.ts';
import { readTarball } from '../plugins/read-tarball.ts';
import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { indexedPlugin, type IndexedPlugin, type IndexedRelease, type PluginIndex } from '../tuf/plugin-index.ts';
import { packageTarget } from '../tuf/roles.ts';
import { readIndex, writeIndex } from './plugin-content.ts';
import { alone } from './publish-lock.ts';
import { readRegistrySettings, registryFolder } from './registry-folder.ts';

type Outer = Pick<Context, 'random' | 'now'>;

/**
 * Puts a release of a plugin into the registry; readers see it after the next publication. A release never changes: what
 * somebody has locked stays what it was.
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_RELEASE_EXISTS; those of a package that is not sound
 */
export async function addPlugin(
  directory: string,
  file: string,
  context: Outer,
  signal: AbortSignal,
): Promise<{ readonly target: string; readonly replaced: boolean; readonly release: IndexedRelease & { id: string } }> {
  const folder = registryFolder(directory);
  await readRegistrySettings(folder);
  const tarball = await readCapped(file);
  const files = await readTarball(tarball, basename(file));
  const manifest = await inspectPackage(files, signal);
  const { id, version } = manifest;
  const release: IndexedRelease = {
    version,
    description: oneLine(manifest.description),
    kinds: [...manifest.kinds],
    engine: manifest.engine,
    permissions: manifest.permissions,
    code: manifest.entry !== undefined,
    publisher: manifest.publisher && oneLine(manifest.publisher),
    deprecated: manifest.deprecated && oneLine(manifest.deprecated),
    integrity: integrityOf(tarball),
    size: tarball.length,
    published: context.now().toISOString(),
  };
  const target = packageTarget(id, version);
  return alone(folder, async () => {
    const index = await readIndex(folder);
    const { releases = [], blocked = [] } = indexedPlugin(index, id) ?? {};
    const present = releases.find((each) => each.version === version);
    if (present !== undefined && present.integrity !== release.integrity) {
      throw failure(REGISTRY_ERRORS.releaseExists, { plugin: id, version });
    }
    if (present === undefined) {
      const path = join(folder.content, target);
      await makeFolder(join(path, '..'));
      await writeFileDurably(path, tarball, Buffer.from(context.random(6)).toString('hex'));
      // Its return is an answer to the reason for which it was taken out.
      await writeIndex(folder, changed(index, id, { releases: [...releases, release], blocked }), context);
    }
    return { target, replaced: present !== undefined, release: { id, ...release } };
  });
}

/**
 * Blocks versions of a plugin: who has them stops using them, when he has read the registry.
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_NO_SUCH_CONTENT, REGISTRY_BAD_RANGE
 */
export async function blockPlugin(
  directory: string,
  id: string,
  range: string,
  reason: string,
  context: Outer,
): Promise<void> {
  if (validRange(range) === null) throw failure(REGISTRY_ERRORS.badRange, { range });
  await changePlugin(directory, id, context, (plugin) => ({
    ...plugin,
    blocked: [...plugin.blocked.filter((block) => block.range !== range), { range, reason: oneLine(reason) }],
  }));
}

/** Takes a block back. @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_NO_SUCH_CONTENT */
export async function unblockPlugin(directory: string, id: string, range: string, context: Outer): Promise<void> {
  await changePlugin(directory, id, context, (plugin) => {
    if (!plugin.blocked.some((block) => block.range === range)) {
      const known = plugin.blocked.map((block) => `${id}@${block.range}`).join(', ') || 'none';
      throw failure(REGISTRY_ERRORS.contentMissing, { target: `block of ${id}@${range}`, known });
    }
    return { ...plugin, blocked: plugin.blocked.filter((block) => block.range !== range) };
  });
}

/**
 * Takes a plugin out of the registry, and says why. Who has it may go on using it.
 * @throws LoopstickError REGISTRY_NOT_FOUND, REGISTRY_NO_SUCH_CONTENT
 */
export async function removePlugin(directory: string, id: string, reason: string, context: Outer): Promise<void> {
  const folder = registryFolder(directory);
  const gone = await changePlugin(directory, id, context, ({ blocked }) => ({
    releases: [],
    blocked,
    removed: { reason: oneLine(reason), at: context.now().toISOString() },
  }));
  for (const { version } of gone.releases) await rm(join(folder.content, packageTarget(id, version)), { force: true });
}

/** @returns what was there before */
async function changePlugin(
  directory: string,
  id: string,
  context: Outer,
  change: (plugin: IndexedPlugin) => IndexedPlugin,
): Promise<IndexedPlugin> {
  const folder = registryFolder(directory);
  await readRegistrySettings(folder);
  return alone(folder, async () => {
    const index = await readIndex(folder);
    const plugin = indexedPlugin(index, id);
    if (plugin === undefined) {
      const known = Object.keys(index.plugins).join(', ') || 'no plugins';
      throw failure(REGISTRY_ERRORS.contentMissing, { target: `plugin "${id}"`, known });
    }
    await writeIndex(folder, changed(index, id, change(plugin)), context);
    return plugin;
  });
}

function changed(index: PluginIndex, id: string, plugin: IndexedPlugin): PluginIndex {
  return { ...index, plugins: { ...index.plugins, [id]: plugin } };
}

async function readCapped(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > TARBALL_LIMIT) {
      throw failure(PLUGIN_ERRORS.tooLarge, { package: basename(file), limit: formatBytes(TARBALL_LIMIT) });
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Line breaks and the like become blanks. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 500);
}
