/** The contract of catalog sources: what they are asked with, and what they answer. */
import type { TrustedKey } from '../../verify/signature/trusted-key.ts';
import type { FetchedDocument } from '../fetch-document.ts';

/** The layers of the catalog, lowest first. */
export const CATALOG_LAYERS = ['embedded', 'upstream', 'registry', 'custom'] as const;
export type CatalogLayer = (typeof CATALOG_LAYERS)[number];

/** Layers whose sources are on the web: they are read by a sync, and what they said last is kept. */
export const REMOTE_LAYERS: ReadonlySet<CatalogLayer> = new Set(['upstream', 'registry']);

export interface CatalogSource {
  /** Unique among all sources; shown as the origin of what it says. */
  readonly name: string;
  readonly layer: CatalogLayer;
  /**
   * What its word rests upon, such as the root of trust of a registry: what is kept of it counts as long as that is the
   * same. For sources of the program itself.
   */
  basis?(): Promise<string>;
  /**
   * Resolves to a catalog document (core/src/catalog/schema.ts), and may be partial. Core validates it: it may come from
   * anywhere. A source of a remote layer is asked during a sync only.
   */
  read(request: CatalogReadRequest): Promise<unknown>;
}

/**
 * What a source reads with. The host fetches and checks on its behalf, so that every source gets caching, limits and
 * signatures, and none can reach a host that its manifest does not name.
 */
export interface CatalogReadRequest {
  readonly signal: AbortSignal;
  readonly now: Date;
  /**
   * @throws LoopstickError with a code of DOCUMENT_ERRORS
   */
  fetch(url: string, options?: FetchOptions): Promise<FetchedDocument>;
  /**
   * The same for the document that tells whether anything is new, to be asked for first. When it is the one of the last
   * good read, the read ends here, by a rejection that is not to be caught: what was read then still holds.
   */
  fetchFirst(url: string, options?: FetchOptions): Promise<FetchedDocument>;
  /**
   * Fetches a list with its signature and checks it. An image may claim the evidence `signed` for a checksum that stands
   * beside its file name in a list that was checked in this way during the same read; other claims are cut down.
   *
   * @throws LoopstickError with a code of DOCUMENT_ERRORS or SIGNATURE_ERRORS
   */
  fetchSigned(list: SignedList): Promise<SignedText>;
  /** How long what is read may be used, and when to ask again: for sources that know. */
  advise(freshness: Freshness): void;
  /** Names the key by which all of the document is known to be genuine. Counts for registries of the program itself. */
  vouch(key: string): void;
}

export interface FetchOptions {
  /** DOCUMENT_LIMIT when missing. */
  readonly maxBytes?: number | undefined;
  readonly accept?: string | undefined;
}

export interface SignedList {
  readonly url: string;
  /** `clear`: in the list itself, around the text. `detached`: in a file of its own, armoured or binary. */
  readonly signature: { readonly form: 'clear' } | { readonly form: 'detached'; readonly url: string };
  /** Those of its vendor that may sign this list. */
  readonly keys: readonly TrustedKey[];
}

export interface SignedText {
  /** What was signed, and nothing that stands around it. */
  readonly text: string;
  /** Full fingerprint of the key that signed it. */
  readonly key: string;
  /** When it was signed. */
  readonly created: Date;
  readonly retrievedAt: Date;
}

export interface Freshness {
  /** After this what was read no longer counts as fresh. */
  readonly expires?: Date | undefined;
  /** Advised time between two syncs, and how much of it more to add by chance. */
  readonly refreshMinutes?: number | undefined;
  readonly jitterMinutes?: number | undefined;
}

/** One round over sources; each delivers its own outcome and none can spoil another's. */
export interface CatalogRound {
  readonly signal: AbortSignal;
  wants(source: CatalogSource, pluginId: string): boolean;
  /** What to read with, for one source of one plugin. */
  request(source: CatalogSource, pluginId: string, signal: AbortSignal): CatalogReadRequest;
  deliver(outcome: SourceOutcome): void;
}

/** What one source said, or why it said nothing. */
export interface SourceOutcome {
  readonly source: CatalogSource;
  readonly pluginId: string;
  readonly document?: unknown;
  readonly error?: unknown;
}
