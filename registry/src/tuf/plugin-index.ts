/** The index of a registry's plugins: what there is to know of each release without fetching it. */
import type { PluginPermissions } from '@loopstick/core';
import { z } from 'zod';

export interface IndexedRelease {
  version: string;
  description: string;
  /** `<kind>@<contract version>` */
  kinds: string[];
  /** A semver range. */
  engine: string;
  permissions: PluginPermissions;
  /** It has code; otherwise it is data and nothing else. */
  code: boolean;
  publisher?: string | undefined;
  deprecated?: string | undefined;
  /** SHA-512 of the tarball, as in package-lock.json. */
  integrity: string;
  /** Of the tarball, in bytes. */
  size: number;
  /** When it was put into the registry: ISO 8601. */
  published: string;
}

/** Versions that nobody is to use any more. */
export interface IndexedBlock {
  /** A semver range. */
  range: string;
  reason: string;
}

export interface IndexedPlugin {
  /** In the order in which they came. */
  releases: IndexedRelease[];
  blocked: IndexedBlock[];
  /** It was taken out: it is no longer to be had, and what is installed goes on working. */
  removed?: { reason: string; at: string } | undefined;
}

/** By id. */
export interface PluginIndex {
  schema: { major: number; minor: number };
  plugins: Record<string, IndexedPlugin>;
}

const line = (most: number): z.ZodString =>
  z
    .string()
    .max(most)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must be one line of printable characters');

const id = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const short = line(200);
const list = z.array(short).max(100);

const releaseSchema: z.ZodType<IndexedRelease, unknown> = z.object({
  version: z
    .string()
    .max(64)
    .regex(/^\d[A-Za-z0-9.+-]*$/),
  description: line(2000),
  kinds: list,
  engine: short,
  permissions: z.object({ hosts: list, programs: list, paths: list }),
  code: z.boolean(),
  publisher: short.optional(),
  deprecated: line(500).optional(),
  integrity: z.string().regex(/^sha512-[A-Za-z0-9+/]{86}==$/),
  size: z.int().min(1),
  published: z.iso.datetime(),
});

export const pluginIndexSchema: z.ZodType<PluginIndex, unknown> = z.object({
  schema: z.object({ major: z.literal(1), minor: z.int().min(0) }),
  plugins: z.record(
    id,
    z.object({
      releases: z.array(releaseSchema).max(1000),
      blocked: z.array(z.object({ range: short, reason: line(500) })).max(1000),
      removed: z.object({ reason: line(500), at: z.iso.datetime() }).optional(),
    }),
  ),
});

export const EMPTY_INDEX: PluginIndex = { schema: { major: 1, minor: 0 }, plugins: {} };

/** Undefined for an id such as `constructor` that it does not have. */
export function indexedPlugin({ plugins }: PluginIndex, name: string): IndexedPlugin | undefined {
  return Object.hasOwn(plugins, name) ? plugins[name] : undefined;
}
