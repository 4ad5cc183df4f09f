/** Lays catalog documents over each other, lowest layer first: by id, and within an id field by field. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import type { CatalogSource } from '../engine/hooks.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { Draft, within, type Speaker } from './draft.ts';
import { takeChecksums } from './image-trust.ts';
import type { CatalogDistribution, CatalogImage, CatalogRelease } from './model.ts';
import type { CatalogDocument, DistributionDocument, ImageDocument, ReleaseDocument } from './schema.ts';
import { compareVersions } from './version-order.ts';

export interface SourcedDocument {
  readonly source: CatalogSource;
  readonly document: CatalogDocument;
}

export interface MergedCatalog {
  readonly distributions: readonly CatalogDistribution[];
  /** CATALOG_EVIDENCE_WEAKENED: what a person should know although it stops nothing. */
  readonly warnings: readonly LoopstickError[];
  readonly incomplete: readonly IncompleteImage[];
}

export interface IncompleteImage {
  /** Names of the sources that speak of it. */
  readonly sources: readonly string[];
  /** CATALOG_IMAGE_INCOMPLETE */
  readonly error: LoopstickError;
}

interface ReleaseDraft {
  readonly draft: Draft;
  readonly images: Map<string, Draft>;
}

interface DistributionDraft {
  readonly draft: Draft;
  readonly releases: Map<string, ReleaseDraft>;
}

const NEEDED = ['kind', 'file', 'checksums', 'mirrors'] as const;
// Handled by themselves: what is below, what is an id's part already, and what comes as a pair.
const NOT_OF_DISTRIBUTION: ReadonlySet<string> = new Set(['releases', 'provenance']);
const NOT_OF_RELEASE: ReadonlySet<string> = new Set(['images', 'provenance']);
const NOT_OF_IMAGE: ReadonlySet<string> = new Set(['checksums', 'evidence', 'provenance', 'id']);

/** `documents` in the order in which they count, the last one most. */
export function mergeDocuments(documents: readonly SourcedDocument[]): MergedCatalog {
  const warnings: LoopstickError[] = [];
  const drafts = new Map<string, DistributionDraft>();
  for (const { source, document } of documents) {
    const speaker: Speaker = { source, document, inherited: undefined };
    for (const part of document.distributions) {
      const at = upsert(drafts, part.id, () => ({ draft: new Draft(), releases: new Map<string, ReleaseDraft>() }));
      takeDistribution(at, part, speaker, warnings);
    }
  }
  const incomplete: IncompleteImage[] = [];
  const distributions = [...drafts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, at]) => buildDistribution(id, at, incomplete))
    .filter(({ releases }) => releases.length > 0);
  return { distributions, warnings, incomplete };
}

function takeDistribution(
  at: DistributionDraft,
  part: DistributionDocument,
  above: Speaker,
  warnings: LoopstickError[],
): void {
  const speaker = within(above, part.provenance);
  at.draft.take(part, speaker, NOT_OF_DISTRIBUTION);
  for (const release of part.releases) {
    const below = upsert(at.releases, release.version, () => ({
      draft: new Draft(),
      images: new Map<string, Draft>(),
    }));
    takeRelease(below, `${part.id}/${release.version}`, release, speaker, warnings);
  }
}

function takeRelease(
  at: ReleaseDraft,
  id: string,
  part: ReleaseDocument,
  above: Speaker,
  warnings: LoopstickError[],
): void {
  const speaker = within(above, part.provenance);
  at.draft.take(part, speaker, NOT_OF_RELEASE);
  for (const image of part.images) if (image.default === true) dropDefaults(at, image.arch);
  for (const image of part.images) {
    const draft = upsert(at.images, `${image.variant}/${image.arch}`, () => new Draft());
    takeImage(draft, `${id}/${image.variant}/${image.arch}`, image, within(speaker, image.provenance), warnings);
  }
}

function takeImage(draft: Draft, id: string, image: ImageDocument, speaker: Speaker, warnings: LoopstickError[]): void {
  const warning = takeChecksums(draft, id, image, speaker);
  if (warning !== undefined) warnings.push(warning);
  draft.take(image, speaker, NOT_OF_IMAGE);
}

/** A layer that names a default takes that place from what lower layers named, for the same architecture. */
function dropDefaults(at: ReleaseDraft, arch: string): void {
  for (const draft of at.images.values()) if (draft.get('arch') === arch) draft.drop('default');
}

function buildDistribution(id: string, at: DistributionDraft, incomplete: IncompleteImage[]): CatalogDistribution {
  const releases = [...at.releases]
    .sort(([a], [b]) => compareVersions(b, a))
    .map(([version, release]) => buildRelease(`${id}/${version}`, release, incomplete))
    .filter(({ images }) => images.length > 0);
  const name = at.draft.get('name') ?? id;
  return at.draft.build({ name, releases }) as unknown as CatalogDistribution;
}

function buildRelease(id: string, at: ReleaseDraft, incomplete: IncompleteImage[]): CatalogRelease {
  const images: CatalogImage[] = [];
  for (const [place, draft] of at.images) {
    const image = `${id}/${place}`;
    const missing = NEEDED.filter((field) => draft.get(field) === undefined);
    if (missing.length === 0) {
      images.push(draft.build({ id: image }) as unknown as CatalogImage);
    } else {
      const { sources } = draft;
      const values = { image, missing: missing.join(', '), sources: sources.join(', ') };
      incomplete.push({ sources, error: failure(CATALOG_ERRORS.imageIncomplete, values) });
    }
  }
  return at.draft.build({ images }) as unknown as CatalogRelease;
}

function upsert<T>(map: Map<string, T>, key: string, make: () => T): T {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
