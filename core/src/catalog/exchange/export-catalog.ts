import type { Catalog, CatalogEntry, FieldSource, Provenance } from '../model.ts';
import {
  CATALOG_SCHEMA_MAJOR,
  CATALOG_SCHEMA_MINOR,
  type CatalogDocument,
  type CatalogOrigin,
  type DistributionDocument,
  type ImageDocument,
  type OriginMap,
  type ReleaseDocument,
} from '../schema.ts';

/**
 * A document of these images, with all that is known of them and of those who said it: who lays it over the same
 * layers gets the same images. Evidence is kept as a claim; how far it is believed, whoever reads it decides.
 *
 * @param entries those of one distribution in a row, as in the catalog
 * @param today `YYYY-MM-DD`, for what nobody has dated
 * @param more of the catalog: what the document says besides
 */
export function exportCatalog(
  entries: readonly CatalogEntry[],
  today: string,
  more: Catalog['more'] = {},
): CatalogDocument {
  const origins = new Origins(today);
  const distributions = new Map<object, DistributionDocument>();
  const releases = new Map<object, ReleaseDocument>();
  const images = new Set<object>();
  for (const { distribution, release, image } of entries) {
    if (images.has(image)) continue;
    images.add(image);
    let top = distributions.get(distribution);
    if (top === undefined) {
      top = { ...partOf(distribution, origins), releases: [] } as unknown as DistributionDocument;
      distributions.set(distribution, top);
    }
    let middle = releases.get(release);
    if (middle === undefined) {
      middle = { ...partOf(release, origins), images: [] } as unknown as ReleaseDocument;
      releases.set(release, middle);
      top.releases.push(middle);
    }
    const { origin, ...evidence } = image.evidence;
    const claim = origin === undefined ? evidence : { ...evidence, origin: origins.idOf(origin) };
    const { id: ___, ...part } = image;
    middle.images.push({ ...partOf(part, origins), evidence: claim } as unknown as ImageDocument);
  }
  return {
    ...more,
    schema: { major: CATALOG_SCHEMA_MAJOR, minor: CATALOG_SCHEMA_MINOR },
    origins: origins.all,
    distributions: [...distributions.values()],
  };
}

/** What a part says of itself, with the ids of its origins. */
function partOf(part: object & { readonly provenance: Provenance }, origins: Origins): Record<string, unknown> {
  const { provenance, releases: _, images: __, ...fields } = part as typeof part & Record<string, unknown>;
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), provenance: origins.mapOf(provenance, new Set(said.map(([field]) => field))) };
}

/** The origins of a document that is being made. */
class Origins {
  readonly all: Record<string, CatalogOrigin> = {};
  readonly #ids = new Map<string, string>();
  /** What was worked out for one object holds for it wherever it stands: most images share theirs. */
  readonly #known = new WeakMap<object, string>();
  readonly #today: string;

  constructor(today: string) {
    this.#today = today;
  }

  idOf(origin: CatalogOrigin): string {
    const known = this.#known.get(origin);
    if (known !== undefined) return known;
    const text = JSON.stringify(origin);
    const id = this.#ids.get(text) ?? `origin-${this.#ids.size + 1}`;
    this.#ids.set(text, id);
    this.#known.set(origin, id);
    this.all[id] = origin;
    return id;
  }

  /** `*` is what most fields have. */
  mapOf(provenance: Provenance, fields: ReadonlySet<string>): OriginMap {
    const ids = Object.entries(provenance)
      .filter(([field]) => fields.has(field))
      .map(([field, by]): [string, string] => [field, this.#idOfSource(by)]);
    const counts = new Map<string, number>();
    for (const [, id] of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    const [most] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
    if (most === undefined) return {};
    // Only names of this form can be given an origin; fields that a newer format has added may be called otherwise.
    const others = ids.filter(([field, id]) => id !== most && /^[A-Za-z]{1,64}$/.test(field));
    return { '*': most, ...Object.fromEntries(others) };
  }

  #idOfSource(by: FieldSource): string {
    const known = this.#known.get(by);
    if (known !== undefined) return known;
    const { source, layer, origin, retrieved } = by;
    const day = retrieved?.slice(0, 10) ?? this.#today;
    const id = this.idOf(origin ?? { title: `Catalog source ${source}`, location: `${layer} layer`, retrieved: day });
    this.#known.set(by, id);
    return id;
  }
}
