/** Whether a package that was found is to be installed, apart from whether the user wants it. */
import { editDistance, failure, type LoopstickError, type PluginManifest } from '@loopstick/core';
import compare from 'semver/functions/compare.js';

import { blockOf } from './blocks.ts';
import type { Finding } from './find-package.ts';
import type { FoundPackage } from './found-package.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import type { PluginHome } from './plugin-home.ts';
import { sourceWords, type LockEntry, type PluginSource } from './plugin-lock.ts';
import { holdersOf } from './registry-plugins.ts';

export interface CheckOptions {
  /** It may take the place of another plugin with its id. */
  readonly replace: boolean;
  readonly allowDowngrade: boolean;
}

/**
 * @param before what is installed under its id
 * @throws LoopstickError PLUGIN_DIFFERS, PLUGIN_NAME_RESERVED, PLUGIN_BLOCKED, PLUGIN_ID_CLAIMED, PLUGIN_DOWNGRADE
 */
export function checkFound(
  { bundled }: Pick<PluginHome, 'bundled'>,
  manifest: PluginManifest,
  { found, registries, blocks }: Finding,
  before: LockEntry | undefined,
  { replace, allowDowngrade }: CheckOptions,
): void {
  const { id, version } = manifest;
  requireAnnounced(manifest, found);
  if (bundled.includes(id)) throw failure(PLUGIN_ERRORS.reserved, { name: id, place: found.name }, { pluginId: id });
  const block = blockOf(blocks, id, version);
  if (block !== undefined) throw failure(PLUGIN_ERRORS.blocked, { plugin: id, version, ...block }, { pluginId: id });
  if (!replace) {
    const owner =
      ownerOf(id, found.source, before) ?? (found.source.type === 'npm' ? signed(id, registries) : undefined);
    if (owner !== undefined) {
      throw failure(PLUGIN_ERRORS.claimed, { package: found.name, plugin: id, ...owner }, { pluginId: id });
    }
  }
  if (before !== undefined && !allowDowngrade && compare(version, before.version) < 0) {
    throw failure(PLUGIN_ERRORS.downgrade, { plugin: id, installed: before.version, version }, { pluginId: id });
  }
}

/** Names that differ from it in a letter or two. */
export function similarName(
  id: string,
  { bundled }: Pick<PluginHome, 'bundled'>,
  { registries }: Pick<Finding, 'registries'>,
): LoopstickError | undefined {
  const known = [...bundled, ...registries.flatMap(({ copy }) => Object.keys(copy.index.plugins))];
  if (known.includes(id)) return undefined;
  const close = known.find((name) => Math.abs(name.length - id.length) <= 2 && editDistance(id, name) <= allowed(id));
  return close === undefined ? undefined : failure(PLUGIN_ERRORS.similarName, { name: id, known: close });
}

/** Short names differ in a letter by chance. */
function allowed(id: string): number {
  return Math.min(2, Math.floor(id.length / 5));
}

/** What the index, or the npm registry, says is what the user was shown, or what a release was chosen by. */
function requireAnnounced(manifest: PluginManifest, { name, announced }: FoundPackage): void {
  if (announced === undefined) return;
  const fields: readonly [string, unknown, unknown][] = [
    ['id', manifest.id, announced.id],
    ['version', manifest.version, announced.version],
    ['engine', manifest.engine, announced.engine],
    ['kinds', manifest.kinds, announced.kinds],
    ['permissions', manifest.permissions, announced.permissions],
    ['code', manifest.entry !== undefined, announced.code],
  ];
  for (const [field, actual, wanted] of fields) {
    if (wanted === undefined || same(actual, wanted)) continue;
    const values = { package: name, field, actual: JSON.stringify(actual), announced: JSON.stringify(wanted) };
    throw failure(PLUGIN_ERRORS.differs, values);
  }
}

/** By value, whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  const plain = (value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)))
      : value;
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

interface Owner {
  readonly owner: string;
  readonly command: string;
}

/** Who has the id on this machine, if that is another than this source. */
function ownerOf(id: string, source: PluginSource, before: LockEntry | undefined): Owner | undefined {
  if (before === undefined || identity(before.source) === identity(source)) return undefined;
  const words = sourceWords(id, before);
  return { owner: `installed from ${words}`, command: `loopstick plugin update ${id}` };
}

function signed(id: string, registries: Finding['registries']): Owner | undefined {
  const [first] = holdersOf(registries, id);
  if (first === undefined) return undefined;
  return { owner: `of the registry ${first.holder.registry.name}`, command: `loopstick plugin install ${id}` };
}

/** Files of this machine are one source: who works on a plugin packs it here and links it there. */
function identity(source: PluginSource): string {
  if (source.type === 'registry') return `registry:${source.registry}`;
  return source.type === 'npm' ? `npm:${source.registry} ${source.package}` : 'local';
}
