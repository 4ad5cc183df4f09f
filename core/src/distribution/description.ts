/**
 * The document that describes a distribution: where its images are listed and how each list is read, which keys sign
 * them, where its mirrors are listed, how its ISOs are recognised and booted. docs/distribution-document.md explains
 * it for those who write one.
 *
 * It is data that may come from strangers. It holds no code and no regular expressions, names of files are matched by
 * patterns (pattern.ts) and addresses are made of templates (template.ts).
 */
import { z } from 'zod';

import { dateSchema, fingerprintSchema, idSchema, lineSchema, webUrlSchema } from '../catalog/atoms.ts';
import { checkDescription } from './description-checks.ts';
import { pluginFileSchema, versionRuleSchema } from './description-atoms.ts';
import { bootSchema, type BootRule } from './boot-schema.ts';
import { listSchema, type ListRule } from './list-schema.ts';
import { mirrorListRuleSchema, type MirrorListRule } from './mirror-list-schema.ts';

const DISTRIBUTION_SCHEMA_MAJOR = 1;

export interface KeyRule {
  /** Full, in upper-case hex digits. */
  fingerprint: string;
  /** `./keys/example.asc`, inside the plugin; either this or `armoured`. */
  file?: string | undefined;
  /** The key itself, in ASCII armour (RFC 9580, section 6), for plugins that are one document. */
  armoured?: string | undefined;
  /** Versions whose lists it may sign, `41` or `13.*`; all when missing. */
  releases?: string[] | undefined;
  /** What it is good for when it has expired; `refuse` when missing. */
  expired?: 'refuse' | 'before-expiry' | undefined;
}

/** What is known of a version without asking anybody. Of several rules that fit, the first that says a field counts. */
export interface ReleaseRule {
  /** `24.04.3`; `24.04.*` for that and all below it; `*`. */
  version: string;
  codename?: string | undefined;
  /** A template: `Ubuntu {version} LTS`. `{name}` is the name of the distribution. */
  title?: string | undefined;
  lts?: boolean | undefined;
  released?: string | undefined;
  endOfLife?: string | undefined;
}

export interface DescribedDistribution {
  id: string;
  name: string;
  homepage?: string | undefined;
  summary?: string | undefined;
}

export interface DistributionDescription {
  schema: { major: number; minor: number };
  distribution: DescribedDistribution;
  /** Its siblings: with images of their own, and all else in common. */
  siblings: DescribedDistribution[];
  /** Where the dates of `releases` come from. */
  origin?: { title: string; location: string; retrieved: string } | undefined;
  keys: KeyRule[];
  releases: ReleaseRule[];
  /** The document that tells whether anything is new; that of the first list when missing. */
  first?: string | undefined;
  lists: ListRule[];
  mirrorLists: MirrorListRule[];
  boot: BootRule[];
}

const keySchema: z.ZodType<KeyRule, unknown> = z
  .strictObject({
    fingerprint: fingerprintSchema,
    file: pluginFileSchema.optional(),
    armoured: z.string().max(100_000).startsWith('-----BEGIN PGP PUBLIC KEY BLOCK-----').optional(),
    releases: z.array(versionRuleSchema).min(1).max(100).optional(),
    expired: z.enum(['refuse', 'before-expiry']).optional(),
  })
  .refine(({ file, armoured }) => (file === undefined) !== (armoured === undefined), {
    error: 'must have either "file" or "armoured"',
  });

const releaseSchema: z.ZodType<ReleaseRule, unknown> = z.strictObject({
  version: versionRuleSchema,
  codename: lineSchema(64).optional(),
  title: lineSchema(120).optional(),
  lts: z.boolean().optional(),
  released: dateSchema.optional(),
  endOfLife: dateSchema.optional(),
});

const distributionSchema: z.ZodType<DescribedDistribution, unknown> = z.strictObject({
  id: idSchema,
  name: lineSchema(80),
  homepage: webUrlSchema.optional(),
  summary: lineSchema(300).optional(),
});

export const descriptionSchema: z.ZodType<DistributionDescription, unknown> = z
  .strictObject({
    $schema: z.string().max(500).optional(),
    schema: z.strictObject({ major: z.literal(DISTRIBUTION_SCHEMA_MAJOR), minor: z.int().min(0) }),
    distribution: distributionSchema,
    siblings: z.array(distributionSchema).max(32).default([]),
    origin: z.strictObject({ title: lineSchema(200), location: lineSchema(500), retrieved: dateSchema }).optional(),
    keys: z.array(keySchema).max(64).default([]),
    releases: z.array(releaseSchema).max(500).default([]),
    first: webUrlSchema.optional(),
    lists: z.array(listSchema).max(32).default([]),
    mirrorLists: z.array(mirrorListRuleSchema).max(32).default([]),
    boot: z.array(bootSchema).max(16).default([]),
  })
  .superRefine((description, context) => {
    for (const issue of checkDescription(description)) context.addIssue({ code: 'custom', ...issue });
  });
