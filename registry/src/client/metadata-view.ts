import { describeIssues, failure, messageOf } from '@loopstick/core';
import { z } from 'zod';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { descriptionSchema, type RegistryDescription } from '../tuf/description.ts';
import { CATALOG_FOLDER, DESCRIPTION_TARGET, PLUGIN_INDEX, PLUGINS_FOLDER, ROLES, type Role } from '../tuf/roles.ts';

/** The four files of a verified state of a registry, as text. */
export type MetadataTexts = Readonly<Record<Role, string>>;

export interface TargetFacts {
  /** In bytes. */
  readonly length: number;
  readonly sha256: string;
}

/** What a registry says of itself. */
export interface MetadataView {
  readonly versions: Readonly<Record<Role, number>>;
  readonly expires: Readonly<Record<Role, Date>>;
  /** The first of these. */
  readonly freshUntil: Date;
  readonly description: RegistryDescription | undefined;
  /** Ids of the keys that sign the list of documents. */
  readonly keys: readonly string[];
  /** Its catalog documents, by target, in alphabetical order. */
  readonly catalogs: ReadonlyMap<string, TargetFacts>;
  /** The index of its plugins, if it has any. */
  readonly plugins: TargetFacts | undefined;
  /** The tarballs of its plugins, by target. */
  readonly packages: ReadonlyMap<string, TargetFacts>;
}

const signed = z.object({
  version: z.int().min(1),
  expires: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
});

const target = z
  .object({
    length: z.int().min(0),
    hashes: z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    custom: z.unknown().optional(),
  })
  .transform(({ length, hashes, custom }) => ({ length, sha256: hashes.sha256, custom }));

const anyFile = z.object({ signed });
const targetsFile = z.object({ signed: z.object({ targets: z.record(z.string(), target) }) });

const rootFile = z.object({
  signed: z.object({ roles: z.object({ targets: z.object({ keyids: z.array(z.string()) }) }) }),
});

const PACKAGE_TARGET = new RegExp(`^${PLUGINS_FOLDER}/[a-z0-9-]+-\\d[A-Za-z0-9.+-]*\\.tgz$`);
const CATALOG_TARGET = new RegExp(`^${CATALOG_FOLDER}/[a-z0-9]+(?:[.-][a-z0-9]+)*\\.json$`);

/**
 * Reads metadata whose signatures were verified. What has a meaning to others only is passed over.
 * @throws LoopstickError REGISTRY_MALFORMED
 */
export function viewOf(registry: string, texts: MetadataTexts): MetadataView {
  try {
    return parseView(texts);
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? describeIssues(cause) : messageOf(cause);
    throw failure(REGISTRY_ERRORS.malformed, { registry, file: 'list of targets', problem }, { cause });
  }
}

function parseView(texts: MetadataTexts): MetadataView {
  const files = Object.fromEntries(
    ROLES.map((role) => [role, anyFile.parse(JSON.parse(texts[role])).signed]),
  ) as unknown as Record<Role, z.output<typeof signed>>;
  const { targets } = targetsFile.parse(JSON.parse(texts.targets)).signed;
  const expires = ROLES.map((role) => files[role].expires.getTime());
  const own = Object.hasOwn(targets, DESCRIPTION_TARGET) ? targets[DESCRIPTION_TARGET] : undefined;
  return {
    versions: mapRoles((role) => files[role].version),
    expires: mapRoles((role) => files[role].expires),
    freshUntil: new Date(Math.min(...expires)),
    description: descriptionSchema.safeParse(own?.custom).data,
    keys: rootFile.parse(JSON.parse(texts.root)).signed.roles.targets.keyids,
    catalogs: factsOf(targets, CATALOG_TARGET),
    plugins: factsOf(targets, new RegExp(`^${PLUGIN_INDEX}$`)).get(PLUGIN_INDEX),
    packages: factsOf(targets, PACKAGE_TARGET),
  };
}

function factsOf(targets: Readonly<Record<string, TargetFacts>>, names: RegExp): Map<string, TargetFacts> {
  return new Map(
    Object.entries(targets)
      .filter(([name]) => names.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { length, sha256 }]) => [name, { length, sha256 }]),
  );
}

function mapRoles<T>(of: (role: Role) => T): Record<Role, T> {
  return { root: of('root'), targets: of('targets'), snapshot: of('snapshot'), timestamp: of('timestamp') };
}
