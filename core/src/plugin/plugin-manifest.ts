import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { z } from 'zod';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, messageOf, reasonOf, systemCode, type LoopstickError } from '../engine/errors.ts';
import type { HookName } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import type { SystemTool } from '../engine/tool-schema.ts';
import {
  dataManifestSchema,
  identitySchema,
  packageSchema,
  type Contributions,
  type PluginPermissions,
} from './manifest-schema.ts';
import { DATA_MANIFEST } from './own-document.ts';
import type { FoundManifest, KnownManifests } from './known-manifests.ts';
import { hooksOf, requireEngine } from './plugin-kinds.ts';

export type { PluginPermissions } from './manifest-schema.ts';

/** A plugin's manifest, read without loading any of its code. */
export interface PluginManifest {
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly directory: string;
  readonly kinds: readonly string[];
  /** A semver range: the engines that it is for. */
  readonly engine: string;
  readonly hooks: ReadonlySet<HookName>;
  /** Absolute path of the entry module, if it has one. */
  readonly entry: string | undefined;
  /** Absolute path of the catalog document, if it has one; that of the manifest when it is in there. */
  readonly catalog: string | undefined;
  /** Absolute path of the document that describes a distribution, if it has one, likewise. */
  readonly distribution: string | undefined;
  /** Absolute path of the document that says where mirrors are listed, if it has one, likewise. */
  readonly mirrorLists: string | undefined;
  readonly permissions: PluginPermissions;
  /** What it relies on beyond Node: programs and files of the system. */
  readonly tools: readonly SystemTool[];
  readonly publisher: string | undefined;
  readonly deprecated: string | undefined;
}

/** The hooks that a document adds to; a plugin may have it that may use them all. */
const DOCUMENT_HOOKS: Readonly<Record<keyof Contributions<string>, { hooks: readonly HookName[]; problem: string }>> = {
  catalog: { hooks: ['catalogSources'], problem: 'none of its kinds may add to the catalog' },
  distribution: {
    hooks: ['catalogSources', 'mirrorLists', 'recipes'],
    problem: 'only a plugin of the kind "distro" may describe one',
  },
  mirrorLists: { hooks: ['mirrorLists'], problem: 'none of its kinds may say where mirrors are listed' },
};

export interface ManifestOptions {
  /** Also one that is for other engines than this, for those who only pass it on. */
  readonly anyEngine?: boolean | undefined;
  /** As messages call its folder: a package has been unpacked to a place that is gone when they are read. */
  readonly name?: string | undefined;
  /** Spares checking one that was checked before for this engine, and is told of this one. */
  readonly known?: KnownManifests | undefined;
}

/**
 * Reads and checks the manifest of the plugin in `directory`: the `loopstick` block of its package.json or, when there is
 * none, its loopstick.plugin.json.
 * @throws LoopstickError PLUGIN_MANIFEST_INVALID, PLUGIN_ENGINE_MISMATCH, PLUGIN_CONTRACT_MISMATCH
 */
export async function readManifest(directory: string, options: ManifestOptions = {}): Promise<PluginManifest> {
  const before = options.known?.of(directory);
  const found = before ?? findManifest(directory, options);
  const { file, block, prefix, version, description } = found;
  const { id: pluginId } = block;
  const hooks = new Set(block.kinds.flatMap((kind) => hooksOf(kind, pluginId)));
  const placeOf = (part: keyof Contributions<string>): string | undefined => {
    const place = block.contributes[part];
    if (place === undefined) return undefined;
    const wanted = DOCUMENT_HOOKS[part];
    if (!wanted.hooks.every((hook) => hooks.has(hook))) {
      throw invalid(file, `${prefix}contributes.${part}: ${wanted.problem}`, { id: pluginId }, options);
    }
    return typeof place === 'string' ? join(directory, place) : file;
  };
  const manifest = {
    id: pluginId,
    version,
    description,
    directory,
    kinds: block.kinds,
    engine: block.engine,
    hooks,
    entry: 'entry' in block && block.entry !== undefined ? join(directory, block.entry) : undefined,
    catalog: placeOf('catalog'),
    distribution: placeOf('distribution'),
    mirrorLists: placeOf('mirrorLists'),
    permissions: block.permissions,
    tools: 'tools' in block ? block.tools : [],
    publisher: block.publisher,
    deprecated: block.deprecated,
  };
  if (before === undefined && options.anyEngine !== true) options.known?.add(directory, found);
  return manifest;
}

function findManifest(directory: string, options: ManifestOptions): FoundManifest {
  const packageFile = join(directory, 'package.json');
  const json = readJson(packageFile, options);
  if (json !== undefined && (!isObject(json) || 'loopstick' in json)) {
    const own = isObject(json) ? json['loopstick'] : undefined;
    const parsed = parse(packageSchema, json, { file: packageFile, block: own }, options);
    const { version, description, loopstick: block } = parsed;
    return { file: packageFile, block, prefix: 'loopstick.', version, description };
  }
  const file = join(directory, DATA_MANIFEST);
  const own = readJson(file, options);
  if (own !== undefined) {
    const parsed = parse(dataManifestSchema, own, { file, block: own }, options);
    return { file, block: parsed, prefix: '', version: parsed.version, description: parsed.description };
  }
  const problem = json === undefined ? 'it does not exist' : 'loopstick: there is no such block';
  throw invalid(packageFile, problem, { cause: json === undefined ? missing(packageFile) : undefined }, options);
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

/**
 * Undefined when there is no such file. Without leaving the thread: at each start all manifests are read, and for a
 * hundred of them that takes a few milliseconds in place of a hundred.
 * @throws LoopstickError PLUGIN_MANIFEST_INVALID
 */
function readJson(file: string, options: ManifestOptions): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined;
    throw invalid(file, cause instanceof SyntaxError ? messageOf(cause) : reasonOf(cause), { cause }, options);
  }
}

function parse<T>(
  schema: z.ZodType<T, unknown>,
  json: unknown,
  { file, block }: { readonly file: string; readonly block: unknown },
  options: ManifestOptions,
): T {
  // First, because a plugin for a later engine may well have a manifest that this one cannot read.
  const { data: identity } = identitySchema.safeParse(block);
  if (identity !== undefined && options.anyEngine !== true) requireEngine(identity);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw invalid(file, describeIssues(parsed.error), { id: identity?.id }, options);
  return parsed.data;
}

function invalid(
  file: string,
  problem: string,
  { id, cause }: { readonly id?: string | undefined; readonly cause?: unknown },
  { name }: ManifestOptions,
): LoopstickError {
  const values = { plugin: id ?? 'a plugin', file: name === undefined ? file : join(name, basename(file)), problem };
  const owner = id === undefined ? {} : { pluginId: id };
  return failure(ENGINE_ERRORS.manifestInvalid, values, { ...owner, ...(cause === undefined ? {} : { cause }) });
}

function missing(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT', path });
}
