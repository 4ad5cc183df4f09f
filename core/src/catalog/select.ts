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
import { isVersionRange, parseVersionRange } from './version-range.ts';

const DEFAULT_ARCH = 'x86_64';
/** Names of releases that never mean one that is not maintained. */
const NEVER_OLD: ReadonlySet<string> = new Set(['lts', 'latest']);

/**
 * The image that `reference` means. Of the releases that fit, the newest maintained one; one past its end of life or
 * not final is taken only when the release was named, and a final one first: endedWarning tells of the former. Of its
 * variants the default one. x86_64 unless said otherwise.
 *
 * @throws LoopstickError CATALOG_REFERENCE_INVALID, CATALOG_UNKNOWN_DISTRIBUTION, CATALOG_UNKNOWN_RELEASE,
 *   CATALOG_NO_CURRENT_RELEASE, CATALOG_UNKNOWN_VARIANT, CATALOG_UNKNOWN_ARCH
 */
export function selectImage(catalog: Catalog, reference: string | ImageReference, now: Date): CatalogEntry {
  const { wanted, distribution, fitting } = narrow(catalog, reference);
  const maintained = fitting.filter((release) => !isPreRelease(release.version) && !isPastEndOfLife(release, now));
  const named = wanted.release !== undefined && !NEVER_OLD.has(wanted.release);
  const candidates = named ? [...maintained, ...leftOf(fitting, maintained)] : maintained;
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

/** The others, those that were final first. */
function leftOf(fitting: readonly CatalogRelease[], maintained: readonly CatalogRelease[]): CatalogRelease[] {
  const others = fitting.filter((release) => !maintained.includes(release));
  const isEarly = ({ version }: CatalogRelease): boolean => isPreRelease(version);
  return [...others.filter((release) => !isEarly(release)), ...others.filter(isEarly)];
}

/** What a person should know who gets this image and did not ask for an old one: CATALOG_RELEASE_ENDED. */
export function endedWarning({ distribution, release }: CatalogEntry, now: Date): LoopstickError | undefined {
  if (!isPastEndOfLife(release, now)) return undefined;
  const newer = distribution.releases.find((each) => !isPreRelease(each.version) && !isPastEndOfLife(each, now));
  const advice = newer === undefined ? 'Look for another distribution' : `Take ${distribution.id}@${newer.version}`;
  const values = { release: `${distribution.id}@${release.version}`, date: release.endOfLife ?? '', advice };
  return failure(CATALOG_ERRORS.releaseEnded, values);
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
  const [latest] = entries.filter(({ release }) => !isPreRelease(release.version));
  return wanted.release === 'latest' && latest !== undefined
    ? entries.filter(({ release }) => release === latest.release)
    : entries;
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
  const range = isVersionRange(wanted) ? parseVersionRange(wanted) : undefined;
  const fitting = all.filter((release) => range?.(release.version) ?? isMeant(release, wanted, exact === true));
  if (fitting.length > 0) return fitting;
  const offered = list(all.map(({ version }) => version));
  throw failure(CATALOG_ERRORS.unknownRelease, { release: wanted, distribution: distribution.name, offered });
}

/** Whether one of the names that a release has is `wanted`. */
function isMeant({ version, codename = '', lts }: CatalogRelease, wanted: string, exact: boolean): boolean {
  if (version === wanted) return true;
  if (exact) return false;
  // 24.04 stands for its newest point release; a person who wants the first one gives the image's id.
  const rest = version.startsWith(wanted) ? version.slice(wanted.length) : '';
  return (
    wanted === 'latest' ||
    (wanted === 'lts' && lts === true) ||
    /^\.|^-\d/.test(rest) ||
    codename.toLowerCase().split(' ')[0] === wanted
  );
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
