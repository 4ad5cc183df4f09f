/** The merged catalog. Plain data: it can be printed as JSON as it is. */
import type { CatalogLayer } from '../engine/hooks.ts';
import type { LoopstickError } from '../engine/errors.ts';
import type { ImageKind } from '../recipe/boot-entry.ts';
import type { EvidenceLevel } from '../verify/evidence.ts';
import type { CatalogOrigin, Checksums, ImageSignature } from './schema.ts';

/** Who says the value of a field. */
export interface FieldSource {
  /** Name of the catalog source. */
  readonly source: string;
  readonly layer: CatalogLayer;
  /** Where that source has it from, when it says. */
  readonly origin: CatalogOrigin | undefined;
  /** When it was fetched, or last confirmed by the one who publishes it: ISO 8601; undefined for what came as a file. */
  readonly retrieved: string | undefined;
  /** Which key vouches for it: the full fingerprint of a vendor's, the id of a registry's. */
  readonly key: string | undefined;
}

/** Field name → who says it, for each field that is there. */
export type Provenance = Readonly<Record<string, FieldSource>>;

/** How well the checksums are vouched for, as far as their layer can be believed. */
export interface Evidence {
  readonly level: EvidenceLevel;
  readonly key?: string | undefined;
  readonly origin?: CatalogOrigin | undefined;
}

export interface CatalogImage {
  /** `distribution/version/variant/arch` */
  readonly id: string;
  readonly variant: string;
  readonly arch: string;
  readonly kind: ImageKind;
  readonly file: string;
  /** Exact, in bytes; absent when no source says. */
  readonly size?: number | undefined;
  readonly checksums: Checksums;
  readonly evidence: Evidence;
  /** URLs of the file, best first; at least one. */
  readonly mirrors: readonly string[];
  /** Of torrent files, or magnet links; see torrentAddresses. */
  readonly torrents?: readonly string[] | undefined;
  readonly default?: boolean | undefined;
  readonly signature?: ImageSignature | undefined;
  readonly provenance: Provenance;
}

export interface CatalogRelease {
  readonly version: string;
  readonly codename?: string | undefined;
  readonly title?: string | undefined;
  readonly lts?: boolean | undefined;
  /** Days, `YYYY-MM-DD`. */
  readonly released?: string | undefined;
  readonly endOfLife?: string | undefined;
  /** In the order in which the sources give them; at least one. */
  readonly images: readonly CatalogImage[];
  readonly provenance: Provenance;
}

export interface CatalogDistribution {
  readonly id: string;
  readonly name: string;
  readonly homepage?: string | undefined;
  readonly summary?: string | undefined;
  /** Newest first; at least one. */
  readonly releases: readonly CatalogRelease[];
  readonly provenance: Provenance;
}

export interface SourceStatus {
  readonly name: string;
  readonly layer: CatalogLayer;
  /** Why nothing of it is in the catalog. */
  readonly error: LoopstickError | undefined;
}

export interface Catalog {
  /** By id. */
  readonly distributions: readonly CatalogDistribution[];
  /** Lowest layer first: the order in which they were merged. */
  readonly sources: readonly SourceStatus[];
  /** What their documents say of themselves that only a newer minor version of the format knows. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

/** One image with all that it belongs to. */
export interface CatalogEntry {
  readonly distribution: CatalogDistribution;
  readonly release: CatalogRelease;
  readonly image: CatalogImage;
}

/** All images: by distribution, newest release first. */
export function catalogEntries(catalog: Catalog): CatalogEntry[] {
  return catalog.distributions.flatMap((distribution) =>
    distribution.releases.flatMap((release) => release.images.map((image) => ({ distribution, release, image }))),
  );
}

const DAY_MS = 86_400_000;

/** True from the day after a release's last. Never for a release whose end nobody says. */
export function isPastEndOfLife(release: Pick<CatalogRelease, 'endOfLife'>, now: Date): boolean {
  // Asked of each image of a large catalog: a number costs less than the day as text.
  return release.endOfLife !== undefined && Date.parse(release.endOfLife) + DAY_MS <= now.getTime();
}
