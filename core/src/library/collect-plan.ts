/** What may go from the library, and why. Only decisions: nothing here touches a file. */
import { catalogEntries, type Catalog } from '../catalog/model.ts';
import { compareVersions } from '../catalog/version-order.ts';
import type { LibraryEntry, LibraryListing, SetAsideFile } from './list.ts';
import type { LibraryPart } from './parts.ts';

export interface CollectOptions {
  /** Of each distribution, variant and architecture keep this many versions, the newest, at least 1; default: all. */
  readonly keepLatest?: number | undefined;
  /** Remove what the catalog does not know, too: older files that it has dropped, and files of the user's. */
  readonly unknown?: boolean | undefined;
}

/**
 * Why something goes: `superseded` by newer versions; `unknown` to the catalog; `changed`, set aside when it was found
 * to be something else; `abandoned`, a part that nothing will ever finish.
 */
export type CollectReason = 'superseded' | 'unknown' | 'changed' | 'abandoned';

export type Collectable =
  | { readonly kind: 'file'; readonly reason: CollectReason; readonly item: LibraryEntry }
  | { readonly kind: 'set-aside'; readonly reason: CollectReason; readonly item: SetAsideFile }
  | { readonly kind: 'part'; readonly reason: CollectReason; readonly item: LibraryPart };

export interface LibraryContents extends LibraryListing {
  readonly parts: readonly LibraryPart[];
}

// A part that the catalog does not know may still be wanted by a lock file, for so long.
const ABANDONED_MS = 30 * 24 * 3600 * 1000;

/** What a file is one version of. */
interface Place {
  readonly line: string;
  readonly version: string;
}

/**
 * What of the library may be removed. Of what the catalog knows, the newest versions that are there stay, whatever the
 * options; a file that it does not know goes only with `unknown`, and then one that it knew once stays as long as it is
 * among the newest of its line.
 */
export function planCollection(
  contents: LibraryContents,
  catalog: Catalog,
  options: CollectOptions,
  now: Date,
): Collectable[] {
  const { files, setAside, parts } = contents;
  const { keepLatest = Infinity, unknown = false } = options;
  const places = placesOf(catalog);
  const known = files.flatMap(({ sha256 }) => places.get(sha256) ?? []);
  const isNew = (place: Place, among: readonly Place[]): boolean => newerThan(place, among) < keepLatest;

  const reasonFor = (entry: LibraryEntry): CollectReason | undefined => {
    const own = places.get(entry.sha256);
    if (own !== undefined) return own.some((place) => isNew(place, known)) ? undefined : 'superseded';
    if (!unknown) return undefined;
    const once = placeOf(entry.image);
    if (once === undefined) return 'unknown';
    const replaced = known.some((place) => newness(once, place) === 0);
    return !replaced && isNew(once, known) ? undefined : 'superseded';
  };
  const reasonForPart = ({ sha256, changedAt }: LibraryPart): CollectReason | undefined => {
    if (files.some((entry) => entry.sha256 === sha256)) return 'abandoned';
    const own = places.get(sha256);
    if (own !== undefined) return own.some((place) => isNew(place, known)) ? undefined : 'superseded';
    return unknown || now.getTime() - changedAt.getTime() > ABANDONED_MS ? 'abandoned' : undefined;
  };

  const plan: Collectable[] = [];
  for (const item of files) {
    const reason = reasonFor(item);
    if (reason !== undefined) plan.push({ kind: 'file', reason, item });
  }
  if (unknown) for (const item of setAside) plan.push({ kind: 'set-aside', reason: 'changed', item });
  for (const item of parts) {
    const reason = reasonForPart(item);
    if (reason !== undefined) plan.push({ kind: 'part', reason, item });
  }
  return plan;
}

/** By digest. One file may be several images: a variant under two names, or one that two releases share. */
function placesOf(catalog: Catalog): ReadonlyMap<string, readonly Place[]> {
  const places = new Map<string, Place[]>();
  for (const { distribution, release, image } of catalogEntries(catalog)) {
    const place = { line: lineOf(distribution.id, image.variant, image.arch), version: release.version };
    places.set(image.checksums.sha256, [...(places.get(image.checksums.sha256) ?? []), place]);
  }
  return places;
}

/** From an image's id. */
function placeOf(id: string | undefined): Place | undefined {
  const [distribution, version, variant, arch, more] = id?.split('/') ?? [];
  if (distribution === undefined || version === undefined || variant === undefined || arch === undefined)
    return undefined;
  return more === undefined ? { line: lineOf(distribution, variant, arch), version } : undefined;
}

function lineOf(distribution: string, variant: string, arch: string): string {
  return [distribution, variant, arch].join('/');
}

/** Positive when `b` is a newer version of the same line, 0 when it is the same; undefined on another line. */
function newness(a: Place, b: Place): number | undefined {
  return a.line === b.line ? compareVersions(b.version, a.version) : undefined;
}

/** How many newer versions of its line are among these. */
function newerThan(place: Place, among: readonly Place[]): number {
  const newer: string[] = [];
  for (const other of among) {
    const isNewer = (newness(place, other) ?? 0) > 0;
    // Two files of one version are one.
    if (isNewer && !newer.some((version) => compareVersions(version, other.version) === 0)) newer.push(other.version);
  }
  return newer.length;
}
