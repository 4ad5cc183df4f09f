/** What is different between two documents of one source. */
import { isDeepStrictEqual } from 'node:util';

import type { CatalogDocument, ImageDocument } from '../schema.ts';

export interface ChangeCounts {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}

export interface ImageChange {
  /** `distribution/version/variant/arch` */
  readonly image: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** Of an image that was changed: what else it says now, by field, and what it said. */
  readonly fields?: readonly FieldChange[] | undefined;
}

export interface FieldChange {
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

// Where a field has it from is no part of what it says: the days in it change with every reading.
const NOT_COMPARED: ReadonlySet<string> = new Set(['provenance']);

/** By image, in the order of the newer document, then what is gone. What is said of a release is said of its images. */
export function compareDocuments(before: CatalogDocument | undefined, after: CatalogDocument): ImageChange[] {
  const old = imagesOf(before);
  const now = imagesOf(after);
  const changes: ImageChange[] = [];
  for (const [image, fields] of now) {
    const former = old.get(image);
    if (former === undefined) {
      changes.push({ image, change: 'added' });
      continue;
    }
    const different = compareFields(former, fields);
    if (different.length > 0) changes.push({ image, change: 'changed', fields: different });
  }
  for (const image of old.keys()) if (!now.has(image)) changes.push({ image, change: 'removed' });
  return changes;
}

export function countChanges(changes: readonly ImageChange[]): ChangeCounts {
  const count = (kind: ImageChange['change']): number => changes.filter(({ change }) => change === kind).length;
  return { added: count('added'), removed: count('removed'), changed: count('changed') };
}

export function countImages(document: CatalogDocument): number {
  return imagesOf(document).size;
}

type Fields = ReadonlyMap<string, unknown>;

function imagesOf(document: CatalogDocument | undefined): Map<string, Fields> {
  const images = new Map<string, Fields>();
  for (const { releases = [], ...distribution } of document?.distributions ?? []) {
    for (const { images: own = [], ...release } of releases) {
      for (const image of own) {
        images.set(`${distribution.id}/${release.version}/${image.variant}/${image.arch}`, fieldsOf(image, release));
      }
    }
  }
  return images;
}

function fieldsOf(image: ImageDocument, release: object): Fields {
  const { evidence, ...others } = image;
  const { origin: _, ...claim } = evidence ?? { level: undefined };
  const fields = [...Object.entries(release), ...Object.entries(others), ['evidence', claim] as const];
  return new Map(fields.filter(([name]) => !NOT_COMPARED.has(name)));
}

function compareFields(before: Fields, after: Fields): FieldChange[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .map((field) => ({ field, before: before.get(field), after: after.get(field) }))
    .filter((change) => !isDeepStrictEqual(change.before, change.after));
}
