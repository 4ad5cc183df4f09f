/** Lays catalog documents over each other, lowest layer first: by id, and within an id field by field. */
import { failure, type LoopstickError } from '../engine/errors.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { Draft, SharedProvenance, upsert } from './draft.ts';
import { ImageTrust } from './image-trust.ts';
import type { CatalogDistribution, CatalogImage, CatalogRelease } from './model.ts';
import type { DistributionDocument, ImageDocument, ReleaseDocument } from './schema.ts';
import { Speaker, type SourcedDocument } from './speaker.ts';
import { compareVersions } from './version-order.ts';

export interface MergedCatalog {
  readonly distributions: readonly CatalogDistribution[];
  /** Those that ImageTrust returns: what a person should know although it stops nothing. */
  readonly warnings: readonly LoopstickError[];
  readonly incomplete: readonly IncompleteImage[];
  /** What documents say of themselves that only a newer minor version knows. */
  readonly more: Readonly<Record<string, unknown>>;
}

export interface IncompleteImage {
  /** Names of the sources that speak of it. */
  readonly sources: readonly string[];
  /** CATALOG_IMAGE_INCOMPLETE */
  readonly error: LoopstickError;
}

/** What one document says of one part. */
interface Statement<Part> {
  readonly part: Part;
  readonly speaker: Speaker;
}

interface ImageParts {
  readonly statements: Statement<ImageDocument>[];
  /** How many statements come before another image was made the default; what those say of it is past. */
  overruled: number;
}

interface ReleaseParts {
  readonly statements: Statement<ReleaseDocument>[];
  readonly images: Map<string, ImageParts>;
}

interface DistributionParts {
  readonly statements: Statement<DistributionDocument>[];
  readonly releases: Map<string, ReleaseParts>;
}

const NEEDED = ['kind', 'file', 'checksums', 'mirrors'] as const;
// Handled by themselves: what is below, what is an id's part already, and what bears on trust.
// No checked document has `__proto__`, and nothing may hang on that.
const OF_DOCUMENT: ReadonlySet<string> = new Set(['schema', 'origins', 'distributions', '__proto__']);
const NOT_OF_DISTRIBUTION: ReadonlySet<string> = new Set(['releases', 'provenance', '__proto__']);
const NOT_OF_RELEASE: ReadonlySet<string> = new Set(['images', 'provenance', '__proto__']);
const NOT_OF_IMAGE: ReadonlySet<string> = new Set([
  'checksums',
  'evidence',
  'signature',
  'provenance',
  'id',
  '__proto__',
]);

/** `documents` in the order in which they count, the last one most. */
export function mergeDocuments(documents: readonly SourcedDocument[]): MergedCatalog {
  const found = new Map<string, DistributionParts>();
  const more: Record<string, unknown> = {};
  for (const sourced of documents) {
    for (const [field, value] of Object.entries(sourced.document)) if (!OF_DOCUMENT.has(field)) more[field] = value;
    const above = new Speaker(sourced);
    for (const part of sourced.document.distributions) {
      const speaker = above.within(part.provenance);
      const at = upsert(found, part.id, () => ({ statements: [], releases: new Map<string, ReleaseParts>() }));
      at.statements.push({ part, speaker });
      for (const release of part.releases) gatherRelease(at, release, speaker.within(release.provenance));
    }
  }
  const builder = new Builder();
  const distributions = [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, parts]) => builder.distribution(id, parts));
  const { warnings, incomplete } = builder;
  return { distributions, warnings, incomplete, more };
}

function gatherRelease(at: DistributionParts, part: ReleaseDocument, speaker: Speaker): void {
  const release = upsert(at.releases, part.version, () => ({ statements: [], images: new Map<string, ImageParts>() }));
  release.statements.push({ part, speaker });
  for (const image of part.images) if (image.default === true) overruleDefaults(release, image.arch);
  for (const image of part.images) {
    const place = `${image.variant}/${image.arch}`;
    const { statements } = upsert(release.images, place, () => ({ statements: [], overruled: 0 }));
    statements.push({ part: image, speaker: speaker.within(image.provenance) });
  }
}

/** A layer that names a default takes that place from what lower layers named, for the same architecture. */
function overruleDefaults(release: ReleaseParts, arch: string): void {
  for (const image of release.images.values()) {
    if (image.statements[0]?.part.arch === arch) image.overruled = image.statements.length;
  }
}

/** Makes the catalog of what was gathered, and notes what a person should know of it. */
class Builder {
  readonly warnings: LoopstickError[] = [];
  readonly incomplete: IncompleteImage[] = [];
  readonly #shared = new SharedProvenance();

  /** The distribution; nothing when it is hidden or has no releases. */
  distribution(id: string, { statements, releases: found }: DistributionParts): CatalogDistribution[] {
    const draft = new Draft();
    for (const { part, speaker } of statements) draft.take(part, speaker, NOT_OF_DISTRIBUTION);
    if (isHidden(draft)) return [];
    const releases = [...found]
      .sort(([a], [b]) => compareVersions(b, a))
      .flatMap(([version, release]) => this.#release(`${id}/${version}`, release));
    if (releases.length === 0) return [];
    const name = draft.get('name') ?? id;
    return [draft.build({ name, releases }, this.#shared) as unknown as CatalogDistribution];
  }

  #release(id: string, { statements, images: found }: ReleaseParts): CatalogRelease[] {
    const draft = new Draft();
    for (const { part, speaker } of statements) draft.take(part, speaker, NOT_OF_RELEASE);
    if (isHidden(draft)) return [];
    const images: CatalogImage[] = [];
    for (const [place, parts] of found) {
      const image = this.#image(`${id}/${place}`, parts);
      if (image !== undefined) images.push(image);
    }
    return images.length === 0 ? [] : [draft.build({ images }, this.#shared) as unknown as CatalogRelease];
  }

  #image(id: string, { statements, overruled }: ImageParts): CatalogImage | undefined {
    const draft = new Draft();
    const trust = new ImageTrust(draft, id);
    const warnings: LoopstickError[] = [];
    for (const [at, { part, speaker }] of statements.entries()) {
      warnings.push(...trust.take(part, speaker));
      draft.take(part, speaker, NOT_OF_IMAGE);
      if (at + 1 === overruled) draft.drop('default');
    }
    if (isHidden(draft)) return undefined;
    this.warnings.push(...warnings);
    const missing = NEEDED.filter((field) => draft.get(field) === undefined);
    if (missing.length === 0) return draft.build({ id }, this.#shared) as unknown as CatalogImage;
    const { sources } = draft;
    const values = { image: id, missing: missing.join(', '), sources: sources.join(', ') };
    this.incomplete.push({ sources, error: failure(CATALOG_ERRORS.imageIncomplete, values) });
    return undefined;
  }
}

/** Tells whether a part is left out, and forgets the field: of what is in the catalog it says nothing. */
function isHidden(draft: Draft): boolean {
  const hidden = draft.get('hide') === true;
  draft.drop('hide');
  return hidden;
}
