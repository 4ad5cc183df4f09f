import { join } from 'node:path';

import { requestTo, type SiteTools, type VendorSite } from '../../../test/src/upstream/index.ts';
import type { CatalogDocument, ImageDocument } from '../../src/catalog/schema.ts';
import { DOCUMENT_ERRORS } from '../../src/engine/document-errors.ts';
import { failure, isLoopstickError } from '../../src/engine/errors.ts';
import { loadDescription, type LoadedDescription } from '../../src/distribution/load-description.ts';
import { readUpstream } from '../../src/distribution/upstream-source.ts';
import { verifyClearsigned, verifyDetached } from '../../src/verify/signature/verify-signature.ts';
import { temporaryFolder, writeFiles } from '../engine/support.ts';

const NOW = new Date('2026-11-01T00:00:00Z');

const TOOLS: SiteTools = {
  verifyDetached,
  verifyClearsigned,
  notFound: (url) => {
    const status = url.includes('busy') ? 503 : 404;
    return failure(DOCUMENT_ERRORS.status, { url, status }, { cause: { status } });
  },
};

const HOSTS = ['a.example', 'b.example'];

/** A document with these parts; the rest is sound. */
export function description(parts: object): object {
  return {
    schema: { major: 1, minor: 0 },
    distribution: { id: 'example', name: 'Example' },
    ...parts,
  };
}

/** The document, read from a plugin's folder with these files beside it. */
export async function load(
  document: object | string,
  files: Readonly<Record<string, string>> = {},
): Promise<LoadedDescription> {
  const directory = await temporaryFolder();
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  await writeFiles(directory, { ...files, 'distribution.json': text });
  return loadDescription({ id: 'plugin', directory, file: join(directory, 'distribution.json'), hosts: HOSTS });
}

export interface Outcome {
  readonly document: CatalogDocument | undefined;
  /** `version/variant/arch` → image. */
  readonly images: Readonly<Record<string, ImageDocument>>;
  readonly error: string | undefined;
  readonly warnings: readonly string[];
  readonly asked: readonly string[];
}

/** Reads a site by a document with these lists. */
export async function read(
  parts: object,
  site: VendorSite,
  files: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const warnings: string[] = [];
  const request = requestTo(site, TOOLS, { now: NOW });
  const loaded = await load(description(parts), files);
  try {
    const document = await readUpstream(loaded, request, ({ code }) => warnings.push(code));
    const releases = document.distributions[0]?.releases ?? [];
    const images = Object.fromEntries(
      releases.flatMap(({ version, images: all }) =>
        all.map((image) => [`${version}/${image.variant}/${image.arch}`, image] as const),
      ),
    );
    return { document, images, error: undefined, warnings, asked: request.asked };
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    return { document: undefined, images: {}, error: error.code, warnings, asked: request.asked };
  }
}

/** A SHA-256 of one digit. */
export const sha = (digit: string): string => digit.repeat(64);
