import { isDeepStrictEqual } from 'node:util';

import type { CatalogDocument, DistributionDocument, ImageDocument, OriginMap, ReleaseDocument } from '../schema.ts';

/**
 * Adds to a document the images that the one before has and it has not, because something could not be had this time.
 * They keep their evidence, which was judged when they were read.
 *
 * @param after is changed
 * @returns how many were added
 */
export function carryOver(before: CatalogDocument, after: CatalogDocument): number {
  const names = nameOrigins(before, after);
  let count = 0;
  for (const former of before.distributions) {
    for (const release of former.releases) {
      for (const image of release.images) {
        const images = imagesOf(after, former, release, names);
        if (images.some(({ variant, arch }) => variant === image.variant && arch === image.arch)) continue;
        images.push(carried(image, release, former, images, names));
        count++;
      }
    }
  }
  return count;
}

/** Old id of an origin → the id that it has in the new document. */
type Names = ReadonlyMap<string, string>;

function nameOrigins(before: CatalogDocument, after: CatalogDocument): Names {
  const names = new Map<string, string>();
  for (const [id, origin] of Object.entries(before.origins)) {
    let name = id;
    for (let number = 1; Object.hasOwn(after.origins, name); number++) {
      if (isDeepStrictEqual(after.origins[name], origin)) break;
      name = `${id.slice(0, 48).replace(/[.-]+$/, '')}-kept-${number}`;
    }
    after.origins[name] = origin;
    names.set(id, name);
  }
  return names;
}

/** The images of a release in the new document, which is made where it is missing. */
function imagesOf(
  after: CatalogDocument,
  { releases: _, ...former }: DistributionDocument,
  { images: __, ...release }: ReleaseDocument,
  names: Names,
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
  names: Names,
): ImageDocument {
  // What stands above it in the new document has another origin.
  const inherited = { ...star(distribution.provenance), ...star(release.provenance), ...image.provenance };
  const { default: isDefault, evidence, ...rest } = image;
  const taken = beside.some((other) => other.default === true && other.arch === image.arch);
  const origin = evidence?.origin === undefined ? undefined : names.get(evidence.origin);
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

function renamed(provenance: OriginMap | undefined, names: Names): OriginMap {
  return Object.fromEntries(Object.entries(provenance ?? {}).map(([field, id]) => [field, names.get(id) ?? id]));
}
