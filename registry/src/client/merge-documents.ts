import type { CatalogDocument, DistributionDocument, ImageDocument, ReleaseDocument } from '@loopstick/core';

/**
 * The catalog documents of a registry as one. Distributions and releases that stand in several are put together; what two
 * say of the same field or image, the first one decides. Origins get new ids, as two documents may use the same id for
 * different things.
 */
export function mergeDocuments(documents: readonly CatalogDocument[]): CatalogDocument {
  const [first, ...rest] = documents;
  if (first !== undefined && rest.length === 0) return first;
  const merged: CatalogDocument = { schema: { major: 1, minor: 0 }, origins: {}, distributions: [] };
  for (const [index, document] of documents.entries()) {
    const { origins, distributions } = withOwnOrigins(document, index);
    merged.schema.minor = Math.max(merged.schema.minor, document.schema.minor);
    Object.assign(merged.origins, origins);
    merged.distributions = joined(merged.distributions, distributions, ({ id }) => id, joinDistributions);
  }
  return merged;
}

interface Part {
  provenance?: Record<string, string> | undefined;
}

/** The document with ids for its origins that no other one has, where every part says itself where it is from. */
function withOwnOrigins(document: CatalogDocument, index: number): CatalogDocument {
  const ids = new Map(Object.keys(document.origins).map((id, place) => [id, `d${index}-${place}`]));
  const renamed = (id: string): string => ids.get(id) ?? id;
  const tell = <T extends Part>(part: T, inherited: string | undefined): T => {
    const own = Object.entries(part.provenance ?? {}).map(([field, id]): [string, string] => [field, renamed(id)]);
    const all = [...(inherited === undefined ? [] : [['*', inherited] as const]), ...own];
    return all.length === 0 ? part : { ...part, provenance: Object.fromEntries(all) };
  };
  const image = (part: ImageDocument, inherited: string | undefined): ImageDocument => {
    const { evidence } = part;
    const origin =
      evidence?.origin === undefined ? {} : { evidence: { ...evidence, origin: renamed(evidence.origin) } };
    return { ...tell(part, inherited), ...origin };
  };
  const release = (part: ReleaseDocument, inherited: string | undefined): ReleaseDocument => {
    const told = tell(part, inherited);
    return { ...told, images: part.images.map((each) => image(each, told.provenance?.['*'])) };
  };
  const distribution = (part: DistributionDocument): DistributionDocument => {
    const told = tell(part, undefined);
    return { ...told, releases: part.releases.map((each) => release(each, told.provenance?.['*'])) };
  };
  return {
    ...document,
    origins: Object.fromEntries(Object.entries(document.origins).map(([id, origin]) => [renamed(id), origin])),
    distributions: document.distributions.map(distribution),
  };
}

function joinDistributions(a: DistributionDocument, b: DistributionDocument): DistributionDocument {
  return { ...b, ...a, releases: joined(a.releases, b.releases, ({ version }) => version, joinReleases) };
}

function joinReleases(a: ReleaseDocument, b: ReleaseDocument): ReleaseDocument {
  const key = ({ variant, arch }: ImageDocument): string => `${variant}/${arch}`;
  return { ...b, ...a, images: joined(a.images, b.images, key, (own) => own) };
}

function joined<T>(a: readonly T[], b: readonly T[], key: (item: T) => string, join: (a: T, b: T) => T): T[] {
  const all = new Map(a.map((item) => [key(item), item]));
  for (const item of b) {
    const own = all.get(key(item));
    all.set(key(item), own === undefined ? item : join(own, item));
  }
  return [...all.values()];
}
