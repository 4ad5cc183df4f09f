/** How the images of a distribution are found, list by list: discover → checksums → images. */
import { z } from 'zod';

import { fingerprintSchema, lineSchema } from '../catalog/atoms.ts';
import { IMAGE_KINDS, type ImageKind } from '../recipe/boot-entry.ts';
import { addressSchema, nameSchema, patternSchema, templateSchema, valueSchema } from './description-atoms.ts';

/** Keys to a value inside a document, joined by dots; `*` is each entry of a list or object: `releases.*.files`. */
export type DataPath = string;

/** Rows of a JSON or YAML document. */
export interface RowsRule {
  format: 'json' | 'yaml';
  url: string;
  /** Where the rows are; the document itself when missing. */
  rows?: DataPath | undefined;
  /** Name → where in a row its value is. `url` or `file` has to be among them; `sha256` and `size` are understood. */
  fields: Record<string, DataPath>;
  /** Rows that do not have these values are left out. */
  where?: Record<DataPath, string | string[]> | undefined;
  /** What relative addresses are below; the address of the document when missing. */
  base?: string | undefined;
}

/**
 * Simplestreams, index or products (https://maas.io/docs, "Simplestreams"). Each item gives `url`, `sha256`, `size`,
 * `arch`, `release`, `codename`, `title`, `type`, `series` (version of the product) and `serial` (key of its version).
 */
export interface StreamsRule {
  format: 'simplestreams';
  url: string;
  /** Content ids that an index is followed to. */
  streams?: string[] | undefined;
  /** Kinds of items; `iso` when missing. */
  items?: string[] | undefined;
  /** What the paths are below: the root of the mirror. */
  base: string;
}

/** Links of a web page, such as the listing of a folder. */
export interface LinksRule {
  format: 'index';
  url: string;
  /** `below`, the default: links to what is in the page's own folder. `any`: also to other hosts that are declared. */
  links?: 'below' | 'any' | undefined;
}

/** Lines of columns. */
export interface LinesRule {
  format: 'lines';
  url: string;
  /** Between columns; any white space when missing. */
  separator?: 'tab' | 'comma' | 'space' | undefined;
  /** Names, as in `fields` of rows; `-` for a column that is not wanted. */
  columns: string[];
  where?: Record<string, string | string[]> | undefined;
  base?: string | undefined;
}

/** Addresses that are known. */
export interface StaticRule {
  format: 'static';
  urls: string[];
}

export type DiscoverRule = RowsRule | StreamsRule | LinksRule | LinesRule | StaticRule;

/** Folders that are listed somewhere, one a version mostly: what follows is done in each of the newest. */
export interface FoldersRule {
  /** Of a web page with links to them, or of a document that names them. */
  url: string;
  /** Where a JSON document has their names, and what they are below; links of a page when missing. */
  named?: FolderNames | undefined;
  /** Of their names, without the slash: `{version}`, `v{branch:version}`. They are ordered by the first placeholder. */
  name: string;
  /** How many of the newest are looked into. */
  newest: number;
  /** Of one series only the newest folder: `12.*` for `major`, `12.1.*` for `minor`. */
  series?: 'major' | 'minor' | undefined;
}

/** Names of folders in the rows of a JSON document, read as in RowsRule. */
export interface FolderNames {
  rows?: DataPath | undefined;
  /** Where in a row the name is. */
  name: DataPath;
  where?: Record<DataPath, string | string[]> | undefined;
  /** What the folders are below, with `/` at its end. */
  base: string;
}

export type SignatureRule = { form: 'clear' } | { form: 'detached'; url: string };

export interface ChecksumsRule {
  /** Of the list that a file is in: `{folder}SHA256SUMS`, `{url}.sha256`. */
  url: string;
  /** `metalink`: RFC 5854, or version 3. When missing, as `sha256sum` and its kin write. */
  format?: 'metalink' | undefined;
  signature?: SignatureRule | undefined;
}

/** A vendor's signature of the image itself. It is noted, not checked. */
export interface ImageSignatureRule {
  form: 'detached';
  url: string;
  keys: string[];
}

export interface ImageRule {
  /** Pattern of the file's name. The first rule that fits counts; names that fit none are of no interest. */
  file: string;
  where?: Record<string, string | string[]> | undefined;
  variant: string;
  kind: ImageKind;
  /** Templates; `{arch}` and `{version}` when missing. */
  arch?: string | undefined;
  version?: string | undefined;
  codename?: string | undefined;
  /** The one to take when no variant is named. */
  default?: boolean | undefined;
  imageSignature?: ImageSignatureRule | undefined;
  /** Addresses of its torrents. */
  torrents?: string[] | undefined;
}

export interface ListRule {
  /** For people, in messages. */
  name: string;
  /** Template of the id of the distribution that its images belong to, one of the document's; the first when missing. */
  of?: string | undefined;
  /** Name → values: the list is read once for each combination. */
  each?: Record<string, string[]> | undefined;
  folders?: FoldersRule | undefined;
  /** What names files. When missing, the list of checksums does. */
  discover?: DiscoverRule | undefined;
  /** Pattern of addresses: files elsewhere are of no interest, and its placeholders are known for those that fit. */
  address?: string | undefined;
  checksums?: ChecksumsRule | undefined;
  images: ImageRule[];
  /** Addresses of a file, best first, those last to which it moves when its release has ended; `{url}` when missing. */
  mirrors?: string[] | undefined;
  /** How many versions are kept, newest first. */
  newest?: number | undefined;
  /** Of one series only the newest version. */
  series?: 'major' | 'minor' | undefined;
}

const pathSchema = z
  .string()
  .max(200)
  .regex(/^[^.\p{C}]{1,64}(?:\.[^.\p{C}]{1,64}){0,7}$/u, 'must be keys that are joined by dots');

/** No key that could meet an object's prototype. */
const names = <T>(value: z.ZodType<T, unknown>): z.ZodType<Record<string, T>, unknown> =>
  z.record(nameSchema, value).refine((record) => Object.keys(record).length <= 32, 'must have at most 32 names');

const wanted = z.union([valueSchema, z.array(valueSchema).min(1).max(64)]);
const whereSchema = z.record(pathSchema, wanted).optional();
const seriesSchema = z.enum(['major', 'minor']).optional();

const discoverSchema: z.ZodType<DiscoverRule, unknown> = z.discriminatedUnion('format', [
  z.strictObject({
    format: z.enum(['json', 'yaml']),
    url: addressSchema,
    rows: pathSchema.optional(),
    fields: names(pathSchema),
    where: whereSchema,
    base: addressSchema.optional(),
  }),
  z.strictObject({
    format: z.literal('simplestreams'),
    url: addressSchema,
    streams: z.array(valueSchema).min(1).max(16).optional(),
    items: z.array(valueSchema).min(1).max(16).optional(),
    base: addressSchema,
  }),
  z.strictObject({ format: z.literal('index'), url: addressSchema, links: z.enum(['below', 'any']).optional() }),
  z.strictObject({
    format: z.literal('lines'),
    url: addressSchema,
    separator: z.enum(['tab', 'comma', 'space']).optional(),
    columns: z
      .array(z.union([nameSchema, z.literal('-')]))
      .min(1)
      .max(32),
    where: names(wanted).optional(),
    base: addressSchema.optional(),
  }),
  z.strictObject({ format: z.literal('static'), urls: z.array(addressSchema).min(1).max(64) }),
]);

const foldersSchema: z.ZodType<FoldersRule, unknown> = z.strictObject({
  url: addressSchema,
  named: z
    .strictObject({
      rows: pathSchema.optional(),
      name: pathSchema,
      where: whereSchema,
      base: addressSchema.refine((text) => text.endsWith('/'), 'must end with "/"'),
    })
    .optional(),
  name: patternSchema.refine((text) => text.includes('{'), 'must have a placeholder'),
  newest: z.int().min(1).max(20),
  series: seriesSchema,
});

const signatureSchema: z.ZodType<SignatureRule, unknown> = z.discriminatedUnion('form', [
  z.strictObject({ form: z.literal('clear') }),
  z.strictObject({ form: z.literal('detached'), url: addressSchema }),
]);

const imageSchema: z.ZodType<ImageRule, unknown> = z.strictObject({
  file: patternSchema,
  where: names(wanted).optional(),
  variant: templateSchema,
  kind: z.enum(IMAGE_KINDS),
  arch: templateSchema.optional(),
  version: templateSchema.optional(),
  codename: templateSchema.optional(),
  default: z.boolean().optional(),
  torrents: z.array(addressSchema).min(1).max(4).optional(),
  imageSignature: z
    .strictObject({
      form: z.literal('detached'),
      url: addressSchema,
      keys: z.array(fingerprintSchema).min(1).max(8),
    })
    .optional(),
});

export const listSchema: z.ZodType<ListRule, unknown> = z.strictObject({
  name: lineSchema(80),
  of: templateSchema.optional(),
  each: names(z.array(valueSchema).min(1).max(32)).optional(),
  folders: foldersSchema.optional(),
  discover: discoverSchema.optional(),
  address: patternSchema.optional(),
  checksums: z
    .strictObject({
      url: addressSchema,
      format: z.literal('metalink').optional(),
      signature: signatureSchema.optional(),
    })
    .optional(),
  images: z.array(imageSchema).min(1).max(64),
  mirrors: z.array(addressSchema).min(1).max(16).optional(),
  newest: z.int().min(1).max(50).optional(),
  series: seriesSchema,
});
