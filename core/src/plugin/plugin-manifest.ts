import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import satisfies from 'semver/functions/satisfies.js';
import validRange from 'semver/ranges/valid.js';
import { z } from 'zod';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, messageOf } from '../engine/errors.ts';
import { LIFECYCLE_EVENTS, type HookName } from '../engine/hooks.ts';
import { describeIssues } from '../engine/issues.ts';
import { toolsSchema, type SystemTool } from '../engine/tool-schema.ts';
import { ENGINE_VERSION } from '../engine/version.ts';

/** The hooks that a kind of plugin may use. */
const KIND_HOOKS: Readonly<Record<string, readonly HookName[]>> = {
  distro: ['catalogSources', 'mirrorLists', 'recipes'],
  recipe: ['recipes'],
  'mirror-list': ['mirrorLists'],
  'mirror-strategy': ['mirrorStrategies'],
  transport: ['transports'],
  bootloader: ['bootloaders'],
  'catalog-source': ['catalogSources'],
  lifecycle: LIFECYCLE_EVENTS,
};

/** What a description of a distribution adds to. */
const DISTRIBUTION_HOOKS = ['catalogSources', 'mirrorLists', 'recipes'] as const;

/** The contract versions that this engine speaks, per kind. */
const CONTRACTS: Readonly<Record<string, readonly number[]>> = Object.fromEntries(
  Object.keys(KIND_HOOKS).map((kind) => [kind, [1]]),
);

/** The `loopstick` block of a plugin's package.json. */
interface ManifestBlock {
  schema: 1;
  id: string;
  /** `<kind>@<contract version>` */
  kinds: string[];
  /** A semver range. */
  engine: string;
  /** The module whose default export is the Plugin; a plugin that brings only data has none. */
  entry?: string | undefined;
  contributes: {
    /** A catalog document that is always there, also without a network. */
    catalog?: string | undefined;
    /** A document that describes a distribution: core/src/distribution/description.ts. */
    distribution?: string | undefined;
  };
  permissions: PluginPermissions;
  /** What the system has to bring for it; see core/src/engine/tool-schema.ts. */
  tools: SystemTool[];
  publisher?: string | undefined;
  deprecated?: string | undefined;
}

/** What a plugin needs beyond its own folder. */
export interface PluginPermissions {
  hosts: string[];
  programs: string[];
  paths: string[];
}

const relativePath = z
  .string()
  .regex(/^\.\/[\w./-]+$/, 'must be a relative path that starts with "./"')
  .refine((path) => !path.split('/').includes('..'), 'must stay inside the plugin');

const blockSchema: z.ZodType<ManifestBlock, unknown> = z.strictObject({
  schema: z.literal(1),
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens')
    .max(64),
  kinds: z.array(z.string().regex(/^[a-z-]+@[1-9]\d*$/, 'must look like "distro@1"')).min(1),
  engine: z.string().refine((range) => validRange(range) !== null, 'must be a semver range'),
  entry: relativePath.optional(),
  contributes: z.strictObject({ catalog: relativePath.optional(), distribution: relativePath.optional() }).default({}),
  permissions: z
    .strictObject({
      hosts: z.array(z.string()).default([]),
      programs: z.array(z.string()).default([]),
      paths: z.array(z.string()).default([]),
    })
    .default({ hosts: [], programs: [], paths: [] }),
  tools: toolsSchema.default([]),
  publisher: z.string().max(200).optional(),
  deprecated: z.string().max(500).optional(),
});

const packageSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  description: z.string().default(''),
  loopstick: blockSchema,
});

// What a manifest of any later schema still says in the same place.
const identitySchema = z.object({ loopstick: z.object({ id: z.string().max(64), engine: z.string() }) });

/** A plugin's manifest, read without loading any of its code. */
export interface PluginManifest {
  readonly id: string;
  readonly version: string;
  readonly description: string;
  readonly directory: string;
  readonly kinds: readonly string[];
  readonly hooks: ReadonlySet<HookName>;
  /** Absolute path of the entry module, if it has one. */
  readonly entry: string | undefined;
  /** Absolute path of the catalog document, if it has one. */
  readonly catalog: string | undefined;
  /** Absolute path of the document that describes a distribution, if it has one. */
  readonly distribution: string | undefined;
  readonly permissions: PluginPermissions;
  /** What it relies on beyond Node: programs and files of the system. */
  readonly tools: readonly SystemTool[];
  readonly publisher: string | undefined;
  readonly deprecated: string | undefined;
}

/**
 * Reads and checks the `loopstick` block of the package.json in `directory`.
 * @throws LoopstickError PLUGIN_MANIFEST_INVALID, PLUGIN_ENGINE_MISMATCH, PLUGIN_CONTRACT_MISMATCH
 */
export async function readManifest(directory: string): Promise<PluginManifest> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8'));
  } catch (error) {
    throw failure(ENGINE_ERRORS.manifestInvalid, { directory, problem: messageOf(error) }, { cause: error });
  }
  // First, because a plugin for a later engine may well have a manifest that this one cannot read.
  const identity = identitySchema.safeParse(json);
  if (identity.success) checkEngine(identity.data.loopstick);
  const parsed = packageSchema.safeParse(json);
  if (!parsed.success) {
    throw failure(ENGINE_ERRORS.manifestInvalid, { directory, problem: describeIssues(parsed.error) });
  }
  const { version, description, loopstick: block } = parsed.data;
  const hooks = new Set(block.kinds.flatMap((kind) => hooksOf(kind, block.id)));
  if (block.contributes.catalog !== undefined && !hooks.has('catalogSources')) {
    const problem = 'loopstick.contributes.catalog: none of its kinds may add to the catalog';
    throw failure(ENGINE_ERRORS.manifestInvalid, { directory, problem }, { pluginId: block.id });
  }
  if (block.contributes.distribution !== undefined && !DISTRIBUTION_HOOKS.every((hook) => hooks.has(hook))) {
    const problem = 'loopstick.contributes.distribution: only a plugin of the kind "distro" may describe one';
    throw failure(ENGINE_ERRORS.manifestInvalid, { directory, problem }, { pluginId: block.id });
  }
  const inside = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : join(directory, path);
  return {
    id: block.id,
    version,
    description,
    directory,
    kinds: block.kinds,
    hooks,
    entry: inside(block.entry),
    catalog: inside(block.contributes.catalog),
    distribution: inside(block.contributes.distribution),
    permissions: block.permissions,
    tools: block.tools,
    publisher: block.publisher,
    deprecated: block.deprecated,
  };
}

function checkEngine({ id, engine }: { readonly id: string; readonly engine: string }): void {
  if (validRange(engine) === null || satisfies(ENGINE_VERSION, engine, { includePrerelease: true })) return;
  const values = { plugin: id, wanted: engine, actual: ENGINE_VERSION };
  throw failure(ENGINE_ERRORS.engineMismatch, values, { pluginId: id });
}

function hooksOf(kind: string, plugin: string): readonly HookName[] {
  const [name = '', contract] = kind.split('@');
  const offered = Object.hasOwn(CONTRACTS, name) ? CONTRACTS[name] : undefined;
  if (offered?.includes(Number(contract)) !== true) {
    const all = Object.entries(CONTRACTS).flatMap(([each, versions]) =>
      versions.map((version) => `${each}@${version}`),
    );
    const close = offered?.map((version) => `${name}@${version}`) ?? all;
    throw failure(
      ENGINE_ERRORS.contractMismatch,
      { plugin, wanted: kind, offered: close.join(', ') },
      { pluginId: plugin },
    );
  }
  return KIND_HOOKS[name] ?? [];
}
