/** The two forms of a manifest: the `loopstick` block of a package.json, and a file of its own for plugins without code. */
import { isAbsolute, normalize } from 'node:path';

import validVersion from 'semver/functions/valid.js';
import validRange from 'semver/ranges/valid.js';
import { z } from 'zod';

import { toolsSchema, type SystemTool } from '../engine/tool-schema.ts';

/** The `loopstick` block of a plugin's package.json. */
export interface ManifestBlock {
  schema: 1;
  id: string;
  /** `<kind>@<contract version>` */
  kinds: string[];
  /** A semver range. */
  engine: string;
  /** The module whose default export is the Plugin; a plugin that brings only data has none. */
  entry?: string | undefined;
  contributes: Contributions<string>;
  permissions: PluginPermissions;
  /** What the system has to bring for it; see core/src/engine/tool-schema.ts. */
  tools: SystemTool[];
  publisher?: string | undefined;
  deprecated?: string | undefined;
}

/** What a plugin brings as data: paths of documents or, in a manifest of its own, the documents themselves. */
export interface Contributions<Place> {
  /** A catalog document that is always there, also without a network. */
  catalog?: Place | undefined;
  /** A document that describes a distribution: core/src/distribution/description.ts. */
  distribution?: Place | undefined;
  /** A document that says where mirrors are listed: core/src/distribution/mirror-list-document.ts. */
  mirrorLists?: Place | undefined;
}

/** What a plugin needs beyond its own folder. */
export interface PluginPermissions {
  hosts: string[];
  programs: string[];
  paths: string[];
}

/** The manifest of a plugin that is nothing but data: `loopstick.plugin.json`. */
export interface DataManifest extends Omit<ManifestBlock, 'entry' | 'tools' | 'contributes'> {
  version: string;
  description: string;
  contributes: Contributions<string | object>;
}

export interface PackageManifest {
  name: string;
  version: string;
  description: string;
  loopstick: ManifestBlock;
}

const relativePath = z
  .string()
  .max(200)
  .regex(/^\.\/[\w./-]+$/, 'must be a relative path that starts with "./"')
  .refine((path) => !path.split('/').includes('..'), 'must stay inside the plugin');

const place = z.union([relativePath, z.record(z.string(), z.unknown())], {
  error: 'must be a path inside the plugin, such as "./distribution.json", or the document itself',
});

const versionSchema = z
  .string()
  .max(64)
  .refine((version) => validVersion(version) === version, 'must be a version such as "1.2.0" (semver.org)');

const listOf = (entry: z.ZodType<string>): z.ZodDefault<z.ZodArray<z.ZodType<string>>> =>
  z.array(entry).max(100).default([]);
const text = z.string().max(200);

/** As wire/covers.ts of isolation reads them: what is written in another way would cover nothing, and nobody would see. */
const host = text.regex(
  /^(?:\*|(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d{1,5})?|\[[0-9a-f:.]+\](?::\d{1,5})?)$/i,
  'must be a host, such as "example.org", "*.example.org" or "127.0.0.1:8080"',
);
const program = text.regex(/^[A-Za-z0-9_][\w.+-]*$/, 'must be the name of a program, without a path');
const grantedPath = text.refine(
  (path) => isAbsolute(path) && normalize(path) === path && !path.includes('*'),
  'must be an absolute path, without "." or ".." or "*" in it',
);

const common = {
  schema: z.literal(1),
  id: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words joined by hyphens')
    .max(64),
  kinds: z
    .array(z.string().regex(/^[a-z-]+@[1-9]\d*$/, 'must look like "distro@1"'))
    .min(1)
    .max(16),
  engine: z
    .string()
    .max(200)
    .refine((range) => validRange(range) !== null, 'must be a semver range'),
  permissions: z
    .strictObject({ hosts: listOf(host), programs: listOf(program), paths: listOf(grantedPath) })
    .default({ hosts: [], programs: [], paths: [] }),
  publisher: z.string().max(200).optional(),
  deprecated: z.string().max(500).optional(),
};

const blockSchema: z.ZodType<ManifestBlock, unknown> = z.strictObject({
  ...common,
  entry: relativePath.optional(),
  contributes: z
    .strictObject({
      catalog: relativePath.optional(),
      distribution: relativePath.optional(),
      mirrorLists: relativePath.optional(),
    })
    .default({}),
  tools: toolsSchema.default([]),
});

export const packageSchema: z.ZodType<PackageManifest, unknown> = z.looseObject({
  name: z.string().max(214),
  version: versionSchema,
  description: z.string().max(2000).default(''),
  loopstick: blockSchema,
});

export const dataManifestSchema: z.ZodType<DataManifest, unknown> = z.strictObject({
  $schema: z.string().max(500).optional(),
  ...common,
  version: versionSchema,
  description: z.string().max(2000).default(''),
  contributes: z
    .strictObject({ catalog: place.optional(), distribution: place.optional(), mirrorLists: place.optional() })
    .refine((parts) => Object.keys(parts).length > 0, 'must have a document: this plugin would do nothing'),
});

/** What a manifest of any later schema still says in the same place. */
export const identitySchema: z.ZodType<{ id: string; engine: string }, unknown> = z.object({
  id: z.string().max(64),
  engine: z.string().max(200),
});
