/** From what a person types to one image. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import {
  isPastEndOfLife,
  type Catalog,
  type CatalogDistribution,
  type CatalogEntry,
  type CatalogImage,
  type CatalogRelease,
} from './model.ts';
import { nearest } from './nearest.ts';
import { parseReference, type ImageReference } from './reference.ts';
import { isPreRelease } from './version-order.ts';

const DEFAULT_ARCH = 'x86_64';

/**
 * The image that `reference` means. Of the releases that fit, the newest maintained one; one past its end of life or
 * not final is taken only when the release was named. Of its variants the default one. x86_64 unless said otherwise.
 *
 * @throws LoopstickError CATALOG_REFERENCE_INVALID, CATALOG_UNKNOWN_DISTRIBUTION, CATALOG_UNKNOWN_RELEASE,
 *   CATALOG_NO_CURRENT_RELEASE, CATALOG_UNKNOWN_VARIANT, CATALOG_UNKNOWN_ARCH
 */
export function selectImage(catalog: Catalog, reference: string | ImageReference, now: Date): CatalogEntry {
  const { wanted, distribution, fitting } = narrow(catalog, reference);
  const maintained = fitting.filter((release) => !isPreRelease(release.version) && !isPastEndOfLife(release, now));
  const named = wanted.release !== undefined && wanted.release !== 'lts';
  const candidates = named
    ? [...maintained, ...fitting.filter((release) => !maintained.includes(release))]
    : maintained;
  for (const release of candidates) {
    const image = imageOf(release, wanted);
    if (image !== undefined) return { distribution, release, image };
  }

  if (!named) {
    const usable = fitting.find((release) => imageOf(release, wanted) !== undefined);
    if (usable !== undefined) {
      const { variant, arch } = wanted;
      const parts = [`${distribution.id}@${usable.version}`, variant, arch].filter((part) => part !== undefined);
      throw failure(CATALOG_ERRORS.noCurrentRelease, { distribution: distribution.name, example: parts.join('/') });
    }
  }
  throw unknownImage(distribution, fitting, wanted);
}

/**
 * All images that `reference` allows, newest release first: those from which selectImage takes one. What the reference
 * leaves out narrows nothing, neither the release's age nor the architecture.
 *
 * @throws LoopstickError CATALOG_REFERENCE_INVALID, CATALOG_UNKNOWN_DISTRIBUTION, CATALOG_UNKNOWN_RELEASE,
 *   CATALOG_UNKNOWN_VARIANT, CATALOG_UNKNOWN_ARCH
 */
export function matchImages(catalog: Catalog, reference: string | ImageReference): CatalogEntry[] {
  const { wanted, distribution, fitting } = narrow(catalog, reference);
  const { variant, arch } = wanted;
  const entries = fitting.flatMap((release) =>
    release.images
      .filter((image) => (variant ?? image.variant) === image.variant && (arch ?? image.arch) === image.arch)
      .map((image) => ({ distribution, release, image })),
  );
  if (entries.length === 0) throw unknownImage(distribution, fitting, wanted);
  return entries;
}

/** The distribution that a reference names, with the releases it allows. */
function narrow(catalog: Catalog, reference: string | ImageReference): Narrowed {
  const wanted = typeof reference === 'string' ? parseReference(reference) : reference;
  const distribution = catalog.distributions.find(({ id }) => id === wanted.distribution);
  if (distribution === undefined) throw unknownDistribution(catalog, wanted.distribution);
  return { wanted, distribution, fitting: releasesFor(distribution, wanted) };
}

interface Narrowed {
  readonly wanted: ImageReference;
  readonly distribution: CatalogDistribution;
  readonly fitting: readonly CatalogRelease[];
}

/** The releases that a reference allows, newest first. */
function releasesFor(distribution: CatalogDistribution, { release: wanted, exact }: ImageReference): CatalogRelease[] {
  const all = distribution.releases;
  if (wanted === undefined) return [...all];
  const fitting = all.filter(
    ({ version, codename = '', lts }) =>
      version === wanted ||
      (exact !== true &&
        // 24.04 stands for its newest point release; a person who wants the first one gives the image's id.
        (version.startsWith(`${wanted}.`) ||
          codename.toLowerCase().split(' ')[0] === wanted ||
          (wanted === 'lts' && lts === true))),
  );
  if (fitting.length > 0) return fitting;
  const offered = list(all.map(({ version }) => version));
  throw failure(CATALOG_ERRORS.unknownRelease, { release: wanted, distribution: distribution.name, offered });
}

function imageOf(release: CatalogRelease, { variant, arch = DEFAULT_ARCH }: ImageReference): CatalogImage | undefined {
  const images = release.images.filter((image) => image.arch === arch);
  if (variant !== undefined) return images.find((image) => image.variant === variant);
  return images.find((image) => image.default === true) ?? images[0];
}

function unknownDistribution(catalog: Catalog, distribution: string): LoopstickError {
  const ids = catalog.distributions.map(({ id }) => id);
  const near = nearest(distribution, ids);
  const suggestion = near.length > 0 ? `Did you mean ${list(near, 'or')}?` : `There is ${list(ids)}.`;
  return failure(CATALOG_ERRORS.unknownDistribution, { distribution, suggestion });
}

/** Why no image of these releases fits: the variant is not there, or not for that architecture. */
function unknownImage(
  distribution: CatalogDistribution,
  releases: readonly CatalogRelease[],
  { release, variant, arch = DEFAULT_ARCH }: ImageReference,
): LoopstickError {
  const images = releases.flatMap((each) => each.images);
  const where = release === undefined ? distribution.name : `${distribution.name} ${release}`;
  const same = images.filter((image) => variant === undefined || image.variant === variant);
  if (variant !== undefined && same.length === 0) {
    const offered = list(images.filter((image) => image.arch === arch).map((image) => image.variant));
    return failure(CATALOG_ERRORS.unknownVariant, { variant, release: where, offered });
  }
  const offered = list(same.map((image) => image.arch));
  const image = variant === undefined ? where : `${where} ${variant}`;
  return failure(CATALOG_ERRORS.unknownArch, { image, arch, offered });
}

/** Names for a sentence, each once and not too many: `a, b and c`. */
function list(names: readonly string[], word = 'and', most = 20): string {
  const unique = [...new Set(names)];
  if (unique.length > most) return `${unique.slice(0, most).join(', ')} ${word} ${unique.length - most} more`;
  const last = unique.pop();
  if (last === undefined) return 'none';
  return unique.length === 0 ? last : `${unique.join(', ')} ${word} ${last}`;
}
