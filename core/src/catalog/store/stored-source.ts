/**
 * What is kept of a source on the web, beside the document itself: small, so that a sync in which nothing has changed
 * writes little.
 */
import { z } from 'zod';

import { REMOTE_LAYERS, type CatalogLayer } from '../../engine/contract/catalog-source.ts';

/** Times are ISO 8601, in UTC. */
export interface StoredSource {
  readonly format: 1;
  readonly source: string;
  readonly layer: CatalogLayer;
  readonly plugin: string;
  readonly pluginVersion: string;
  /** SHA-256 of what the plugin read by: hashOfRules. Missing for the program's own sources. */
  readonly rules?: string | undefined;
  /** What the word of the source rests upon: CatalogSource.basis. */
  readonly basis?: string | undefined;
  /** What its claims are worth that no signature vouches for. `none` when missing. */
  readonly unsigned?: 'tls' | 'none' | undefined;
  /** When it was read as a whole, and nothing was missing. */
  readonly read: string;
  /** When it was last known to be current. */
  readonly confirmed: string;
  /** False when something could not be had then: not all of it was known to be current. True when missing. */
  readonly complete?: boolean | undefined;
  /** When its images were last other ones than before. */
  readonly changed: string;
  /** The document that tells whether there is anything new. */
  readonly first?: { readonly url: string; readonly sha256: string } | undefined;
  /** Address of a signed list, as plainAddress spells it → time of the newest signature of it that was seen. */
  readonly signatures: Readonly<Record<string, string>>;
  /** `distribution/version/file` of a signed image → time of the newest signature that vouched for it. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** Of the registry, where it is one: by this all of the document is known to be genuine. */
  readonly key?: string | undefined;
  readonly freshness: StoredFreshness;
  readonly document: StoredDocument;
  /** What it said before the last change. */
  readonly previous?: StoredDocument | undefined;
}

export interface StoredFreshness {
  /** After this it does not count as fresh. */
  readonly expires?: string | undefined;
  readonly refreshMinutes?: number | undefined;
  readonly jitterMinutes?: number | undefined;
}

/** Names a file of the source's folder by its content. */
export interface StoredDocument {
  readonly sha256: string;
  /** How many images are in it. */
  readonly images: number;
  /** Version of the engine that has checked it. */
  readonly engine: string;
}

const time = z.iso.datetime();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const minutes = z.number().min(0).optional();
const document = z.object({ sha256, images: z.int().min(0), engine: z.string() });

export const storedSourceSchema: z.ZodType<StoredSource, unknown> = z.object({
  format: z.literal(1),
  source: z.string(),
  layer: z.enum([...REMOTE_LAYERS]),
  plugin: z.string(),
  pluginVersion: z.string(),
  rules: sha256.optional(),
  basis: z.string().max(2000).optional(),
  unsigned: z.enum(['tls', 'none']).optional(),
  read: time,
  confirmed: time,
  complete: z.boolean().optional(),
  changed: time,
  first: z.object({ url: z.string(), sha256 }).optional(),
  signatures: z.record(z.string(), time),
  files: z.record(z.string(), time).optional(),
  key: z.string().max(2000).optional(),
  freshness: z.object({ expires: time.optional(), refreshMinutes: minutes, jitterMinutes: minutes }),
  document,
  previous: document.optional(),
});
