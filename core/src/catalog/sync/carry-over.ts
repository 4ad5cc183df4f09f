import { isDeepStrictEqual } from 'node:util';

import type {
  CatalogDocument,
  CatalogOrigin,
  DistributionDocument,
  ImageDocument,
  OriginMap,
  ReleaseDocument,
} from '../schema.ts';
import { KEPT_ORIGIN, KNOWN_ORIGIN } from '../speaker.ts';

/**
 * Adds to a document the images that the one before has and it has not, because something could not be had this time.
 * They keep their evidence, which was judged when they were read, and the day of it.
 *
 * @param after is changed
 * @param day on which the document before was last known to be current, `YYYY-MM-DD`
 * @returns how many were added
 */
export function carryOver(before: CatalogDocument, after: CatalogDocument, day: string): number {
  const names = new OriginNames(before, after, day);
  let count = 0;
  for (const former of before.distributions) {
    for (const release of former.releases) {
      for (const image of release.images) {
        if (hasImage(after, former, release, image)) continue;
        const images = imagesOf(after, former, release, names);
        images.push(carried(image, release, former, images, names));
        count++;
      }
    }
  }
  return count;
}

function hasImage(
  { distributions }: CatalogDocument,
  { id }: DistributionDocument,
  { version }: ReleaseDocument,
  { variant, arch }: ImageDocument,
): boolean {
  const releases = distributions.find((each) => each.id === id)?.releases;
  const images = releases?.find((each) => each.version === version)?.images ?? [];
  return images.some((each) => each.variant === variant && each.arch === arch);
}

/** The origins of the document before under the ids that they have in the new one, which gets those that are used. */
class OriginNames {
  readonly #before: CatalogDocument['origins'];
  readonly #after: CatalogDocument['origins'];
  readonly #day: string;
  readonly #names = new Map<string, string>();

  constructor(before: CatalogDocument, after: CatalogDocument, day: string) {
    this.#before = before.origins;
    this.#after = after.origins;
    this.#day = day;
  }

  of(id: string): string {
    const origin = Object.hasOwn(this.#before, id) ? this.#before[id] : undefined;
    if (origin === undefined) return id;
    const name = this.#names.get(id) ?? this.#take(id, origin);
    this.#names.set(id, name);
    return name;
  }

  #take(id: string, origin: CatalogOrigin): string {
    const isDated = id.startsWith(KNOWN_ORIGIN) || id.startsWith(KEPT_ORIGIN);
    const kept = isDated ? origin : { ...origin, retrieved: this.#day };
    const stem = (isDated ? id : `${KEPT_ORIGIN}${id}`).slice(0, 48).replace(/[._-]+$/, '');
    let name = stem;
    for (let number = 2; Object.hasOwn(this.#after, name); number++) {
      if (isDeepStrictEqual(this.#after[name], kept)) break;
      name = `${stem}-${number}`;
    }
    this.#after[name] = kept;
    return name;
  }
}

/** The images of a release in the new document, which is made where it is missing. */
function imagesOf(
  after: CatalogDocument,
  { releases: _, ...former }: DistributionDocument,
  { images: __, ...release }: ReleaseDocument,
  names: OriginNames,
): ImageDocument[] {
  let distribution = after.distributions.find(({ id }) => id === former.id);
  if (distribution === undefined) {
    distribution = { ...former, provenance: renamed(former.provenance, names), releases: [] };
    after.distributions.push(distribution);
  }
  let found = distribution.releases.find(({ version }) => version === release.version);
  if (found === undefined) {
    const provenance = { ...star(former.provenance), ...release.provenance };
    found = { ...release, provenance: renamed(provenance, names), images: [] };
    distribution.releases.push(found);
  }
  return found.images;
}

function carried(
  image: ImageDocument,
  release: ReleaseDocument,
  distribution: DistributionDocument,
  beside: readonly ImageDocument[],
  names: OriginNames,
): ImageDocument {
  // What stands above it in the new document has another origin.
  const inherited = { ...star(distribution.provenance), ...star(release.provenance), ...image.provenance };
  const { default: isDefault, evidence, ...rest } = image;
  const taken = beside.some((other) => other.default === true && other.arch === image.arch);
  const origin = evidence?.origin === undefined ? undefined : names.of(evidence.origin);
  return {
    ...rest,
    ...(isDefault === true && !taken ? { default: true } : {}),
    ...(evidence === undefined ? {} : { evidence: { ...evidence, ...(origin === undefined ? {} : { origin }) } }),
    provenance: renamed(inherited, names),
  };
}

function star(provenance: OriginMap | undefined): OriginMap {
  const all = provenance?.['*'];
  return all === undefined ? {} : { '*': all };
}

function renamed(provenance: OriginMap | undefined, names: OriginNames): OriginMap {
  return Object.fromEntries(Object.entries(provenance ?? {}).map(([field, id]) => [field, names.of(id)]));
}
