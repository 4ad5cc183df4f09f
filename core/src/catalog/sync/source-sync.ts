import type { LoopstickError } from '../../engine/errors.ts';
import type { CatalogLayer } from '../../engine/hooks.ts';
import type { StoredSource } from '../store/stored-source.ts';
import type { ChangeCounts } from './compare.ts';

/**
 * How it goes with one source.
 * - `reading`: it has been asked
 * - `unchanged`: it says what it said before
 * - `updated`: it says something new
 * - `failed`: nothing new is known; what it said before stays in use
 * - `kept`: it was not asked
 */
export type SyncState = 'reading' | 'unchanged' | 'updated' | 'failed' | 'kept';

/** Times are ISO 8601. Those about the content are missing as long as nothing was read. */
export interface SourceSync {
  readonly source: string;
  readonly layer: CatalogLayer;
  readonly state: SyncState;
  /** When what it says was last known to be current. */
  readonly confirmed?: string | undefined;
  /** When its images were last other ones than before. */
  readonly changed?: string | undefined;
  /** After this what it says does not count as fresh. */
  readonly expires?: string | undefined;
  readonly images?: number | undefined;
  readonly fresh: boolean;
  /** What is new, when it was updated. */
  readonly changes?: ChangeCounts | undefined;
  /** Something of it could not be had: so many images are there from before. */
  readonly carried?: number | undefined;
  readonly error?: LoopstickError | undefined;
}

/** What a status says of the content of a source. */
export function contentOf(stored: StoredSource | undefined): Partial<SourceSync> {
  if (stored === undefined) return {};
  const { confirmed, changed, freshness, document } = stored;
  return { confirmed, changed, expires: freshness.expires, images: document.images };
}

export function hasExpired({ expires }: { readonly expires?: string | undefined }, now: Date): boolean {
  return expires !== undefined && Date.parse(expires) <= now.getTime();
}
