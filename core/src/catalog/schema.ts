/**
 * The catalog document: what a catalog source delivers.
 *
 * A document may be partial: a layer that only adds a mirror to an image that another layer knows names the image by
 * its distribution, version, variant and arch and gives `mirrors`. Whether an image is complete shows after the merge.
 * Fields that this release does not know are kept, as a newer minor version may have added them.
 */
import { z } from 'zod';

import { IMAGE_KINDS, type ImageKind } from '../recipe/boot-entry.ts';
import { EVIDENCE_LEVELS, type EvidenceLevel } from '../verify/evidence.ts';
import {
  archSchema,
  dateSchema,
  fileNameSchema,
  fingerprintSchema,
  hexSchema,
  idSchema,
  lineSchema,
  torrentUrlSchema,
  webUrlSchema,
} from './atoms.ts';

export const CATALOG_SCHEMA_MAJOR = 1;
/** 1: `hide`, `signature`, and parts without `releases` or `images`. 2: `torrents`. */
export const CATALOG_SCHEMA_MINOR = 2;

/** Where statements of a document come from. */
export interface CatalogOrigin {
  title: string;
  /** A URL, or the path in a repository and its commit. */
  location: string;
  /** The day the copy was taken. */
  retrieved: string;
  /** The day that the data itself names, for instance that of its signature. */
  published?: string | undefined;
}

/** Field name → id of an origin. `*` stands for all fields that are not named, here and in the parts below. */
export type OriginMap = Record<string, string>;

export interface Checksums {
  /** 64 lower-case hex digits. This one decides. */
  sha256: string;
  sha512?: string | undefined;
  sha1?: string | undefined;
  md5?: string | undefined;
}

export interface EvidenceClaim {
  level: EvidenceLevel;
  /** Full fingerprint of the key whose signature was checked. */
  key?: string | undefined;
  /** Id of the origin that holds the signed or served checksum list. */
  origin?: string | undefined;
}

/** A vendor's signature of the image itself, in a file of its own, armoured or binary. */
export interface ImageSignature {
  form: 'detached';
  url: string;
  /** Full fingerprints of those of the vendor's keys that may sign it. */
  keys: string[];
}

export interface ImageDocument {
  variant: string;
  arch: string;
  kind?: ImageKind | undefined;
  /** Name of the file, one path component. */
  file?: string | undefined;
  /** Exact, in bytes; absent when the vendor's list does not say. */
  size?: number | undefined;
  checksums?: Checksums | undefined;
  evidence?: EvidenceClaim | undefined;
  /** URLs of the file, best first. */
  mirrors?: string[] | undefined;
  /** Its vendor's torrents: addresses of torrent files, or magnet links. */
  torrents?: string[] | undefined;
  /** The one to take when no variant is named. */
  default?: boolean | undefined;
  signature?: ImageSignature | undefined;
  /** Leaves it out of the catalog, whatever the layers below say; `false` takes that back. */
  hide?: boolean | undefined;
  provenance?: OriginMap | undefined;
}

export interface ReleaseDocument {
  version: string;
  codename?: string | undefined;
  title?: string | undefined;
  /** Long-term support. */
  lts?: boolean | undefined;
  /** Days, `YYYY-MM-DD`. */
  released?: string | undefined;
  endOfLife?: string | undefined;
  /** As for an image, with all its images. */
  hide?: boolean | undefined;
  images: ImageDocument[];
  provenance?: OriginMap | undefined;
}

export interface DistributionDocument {
  id: string;
  name?: string | undefined;
  homepage?: string | undefined;
  summary?: string | undefined;
  /** As for an image, with all its releases. */
  hide?: boolean | undefined;
  releases: ReleaseDocument[];
  provenance?: OriginMap | undefined;
}

export interface CatalogDocument {
  schema: { major: number; minor: number };
  origins: Record<string, CatalogOrigin>;
  distributions: DistributionDocument[];
}

const provenance = z.record(z.string().regex(/^(?:\*|[A-Za-z]{1,64})$/), idSchema).optional();

const imageSchema = z
  .looseObject({
    variant: idSchema,
    arch: archSchema,
    kind: z.enum(IMAGE_KINDS).optional(),
    file: fileNameSchema.optional(),
    // A disk of 1 TiB is far more than any image and far less than what a double counts exactly.
    size: z
      .int()
      .min(1)
      .max(2 ** 40)
      .optional(),
    checksums: z
      .looseObject({
        sha256: hexSchema(256),
        sha512: hexSchema(512).optional(),
        sha1: hexSchema(160).optional(),
        md5: hexSchema(128).optional(),
      })
      .optional(),
    evidence: z
      .looseObject({ level: z.enum(EVIDENCE_LEVELS), key: fingerprintSchema.optional(), origin: idSchema.optional() })
      .refine(({ level, key }) => level !== 'signed' || key !== undefined, 'level "signed" needs the key')
      .optional(),
    mirrors: z.array(webUrlSchema).min(1).max(200).optional(),
    torrents: z.array(torrentUrlSchema).min(1).max(8).optional(),
    default: z.boolean().optional(),
    signature: z
      .looseObject({ form: z.literal('detached'), url: webUrlSchema, keys: z.array(fingerprintSchema).min(1).max(20) })
      .optional(),
    hide: z.boolean().optional(),
    provenance,
  })
  .refine(({ evidence, checksums }) => evidence === undefined || checksums !== undefined, {
    path: ['evidence'],
    message: 'needs the checksums that it vouches for',
  });

const releaseSchema = z.looseObject({
  version: idSchema,
  codename: lineSchema(64).optional(),
  title: lineSchema(120).optional(),
  lts: z.boolean().optional(),
  released: dateSchema.optional(),
  endOfLife: dateSchema.optional(),
  hide: z.boolean().optional(),
  images: z.array(imageSchema).max(1000).default([]),
  provenance,
});

export const distributionSchema: z.ZodType<DistributionDocument, unknown> = z.looseObject({
  id: idSchema,
  name: lineSchema(80).optional(),
  homepage: webUrlSchema.optional(),
  summary: lineSchema(300).optional(),
  hide: z.boolean().optional(),
  releases: z.array(releaseSchema).max(500).default([]),
  provenance,
});

const originSchema = z.looseObject({
  title: lineSchema(200),
  location: lineSchema(500),
  retrieved: dateSchema,
  published: dateSchema.optional(),
});

const MOST_DISTRIBUTIONS = 1000;
const frame = {
  schema: z.looseObject({ major: z.literal(CATALOG_SCHEMA_MAJOR), minor: z.int().min(0) }),
  origins: z.record(idSchema, originSchema).default({}),
};

/** A document whose distributions are still to be checked, each by itself. */
export const documentFrameSchema: z.ZodType<Omit<CatalogDocument, 'distributions'> & { distributions: unknown[] }> =
  z.looseObject({ ...frame, distributions: z.array(z.unknown()).max(MOST_DISTRIBUTIONS) });

/** A whole document, as docs/schema describes it; what a schema cannot say is in document-checks.ts. */
export const catalogDocumentSchema: z.ZodType<CatalogDocument, unknown> = z.looseObject({
  ...frame,
  distributions: z.array(distributionSchema).max(MOST_DISTRIBUTIONS),
});
