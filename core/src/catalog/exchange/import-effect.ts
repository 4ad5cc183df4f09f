import type { Catalog } from '../model.ts';
import type { CatalogDocument, DistributionDocument, ImageDocument, ReleaseDocument } from '../schema.ts';

/** What a document changes in a catalog; ids of images. */
export interface ImportEffect {
  readonly adds: readonly string[];
  readonly overrides: readonly string[];
  readonly hides: readonly string[];
  /** Images of which neither it nor the catalog knows enough. */
  readonly incomplete: readonly string[];
}

/** What comes of laying `document` over this catalog. */
export function importEffect(catalog: Catalog, document: CatalogDocument): ImportEffect {
  const known = new Set<string>();
  for (const { releases } of catalog.distributions) {
    for (const { images } of releases) for (const { id } of images) known.add(id);
  }
  const effect = { adds: [] as string[], overrides: [] as string[], hides: [] as string[], incomplete: [] as string[] };
  const hideBelow = (prefix: string): void => {
    for (const id of known) if (id === prefix || id.startsWith(`${prefix}/`)) effect.hides.push(id);
  };
  eachImage(document, hideBelow, (id, image) => {
    if (image.hide === true) hideBelow(id);
    else if (known.has(id)) effect.overrides.push(id);
    else if (image.kind && image.file && image.checksums && image.mirrors) effect.adds.push(id);
    else effect.incomplete.push(id);
  });
  return effect;
}

/** Goes through all images that are not hidden by what is above them. */
function eachImage(
  { distributions }: { distributions: readonly DistributionDocument[] },
  hidden: (id: string) => void,
  visit: (id: string, image: ImageDocument) => void,
): void {
  const below = (id: string, { images }: ReleaseDocument): void => {
    for (const image of images) visit(`${id}/${image.variant}/${image.arch}`, image);
  };
  for (const { id, hide, releases } of distributions) {
    if (hide === true) hidden(id);
    else {
      for (const release of releases) {
        if (release.hide === true) hidden(`${id}/${release.version}`);
        else below(`${id}/${release.version}`, release);
      }
    }
  }
}
