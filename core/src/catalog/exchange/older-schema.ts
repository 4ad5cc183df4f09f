/** The parts of a catalog of the older form. Distributions and releases are checked one by one: see older-format.ts. */
import { z } from 'zod';

import { dateSchema, hexSchema, lineSchema, webUrlSchema } from '../atoms.ts';

export interface OlderRelease {
  version: string;
  release_date?: string | undefined;
  iso_url: string;
  sha256: string;
  mirrors: string[];
}

export interface OlderDistribution {
  id: string;
  name?: string | undefined;
  description?: string | undefined;
  homepage?: string | undefined;
  releases: unknown[];
}

export interface OlderDocument {
  last_updated?: string | undefined;
  distributions: unknown[];
}

/** A text after `change`; an empty one, or null, says nothing. */
function text<T>(change: (text: string) => string, schema: z.ZodType<T>): z.ZodType<T | undefined, unknown> {
  const changed = (value: unknown): unknown =>
    typeof value === 'string' ? change(value) || undefined : (value ?? undefined);
  return z.preprocess(changed, schema.optional());
}

/** A line out of a text that may have several, cut to what fits. */
const line = (most: number): z.ZodType<string | undefined, unknown> =>
  text(
    (value) => [...value.slice(0, 10_000).trim().replace(/\s+/g, ' ')].slice(0, most).join('').trimEnd(),
    lineSchema(most),
  );

/** Of an instant the day. */
const day = text((value) => value.slice(0, 10), dateSchema);

const mirror: z.ZodType<string, unknown> = z.preprocess(
  (value) => (typeof value === 'object' && value !== null && 'url' in value ? value.url : value),
  webUrlSchema,
);

export const olderReleaseSchema: z.ZodType<OlderRelease, unknown> = z.looseObject({
  version: z.union([z.string().min(1).max(120), z.number().transform(String)]),
  release_date: day,
  iso_url: webUrlSchema,
  sha256: z.preprocess((value) => (typeof value === 'string' ? value.toLowerCase() : value), hexSchema(256)),
  mirrors: z.preprocess((value) => value ?? [], z.array(mirror).max(199)),
});

export const olderDistributionSchema: z.ZodType<OlderDistribution, unknown> = z.looseObject({
  id: z.string().min(1).max(200),
  name: line(80),
  description: line(300),
  homepage: text((value) => value.trim(), webUrlSchema),
  releases: z.array(z.unknown()).max(10_000),
});

export const olderDocumentSchema: z.ZodType<OlderDocument, unknown> = z.looseObject({
  last_updated: z.preprocess(
    (value) => (typeof value === 'string' ? value.slice(0, 10) : undefined),
    z.string().optional(),
  ),
  distributions: z.array(z.unknown()).max(1000),
});
