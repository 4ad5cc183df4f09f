import { parseCatalogDocument, type CatalogDocument } from '@loopstick/core';

import { CATALOG_FOLDER } from '../tuf/roles.ts';

/** What can be put into a registry. */
export interface ContentKind {
  /** Targets of this kind are below it. */
  readonly folder: string;
  /** Whether a document is meant as one of this kind; what is wrong in it, `check` says. */
  recognises(json: unknown): boolean;
  /** @throws LoopstickError that says where in the document it is wrong */
  check(json: unknown, file: string): void;
  /** Ids of what may be in one document only. */
  ids(json: unknown): string[];
}

export const CONTENT_KINDS: readonly ContentKind[] = [
  {
    folder: CATALOG_FOLDER,
    recognises: (json) => typeof json === 'object' && json !== null && 'distributions' in json,
    check: (json, file) => void parseCatalogDocument(json, file),
    ids: (json) => imageIds(json as CatalogDocument),
  },
];

function imageIds({ distributions }: CatalogDocument): string[] {
  return distributions.flatMap(({ id, releases }) =>
    releases.flatMap(({ version, images }) => images.map(({ variant, arch }) => `${id}/${version}/${variant}/${arch}`)),
  );
}
