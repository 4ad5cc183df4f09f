/** The catalog documents that a verified list of targets names. */
import {
  CATALOG_FILE_LIMIT,
  failure,
  messageOf,
  parseCatalogDocument,
  type CatalogDocument,
  type CatalogReadRequest,
  type Context,
} from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import { hashedName, TARGETS_FOLDER } from '../tuf/roles.ts';
import type { MetadataView, TargetFacts } from './metadata-view.ts';
import { isTarget, keepTarget, keptTarget } from './registry-state.ts';
import type { TrustedRegistry } from './trusted-registries.ts';
import { fetchFile } from './web-source.ts';

/** More documents than this no registry needs. */
const MOST_CATALOGS = 200;

/**
 * Fetches those that are not here, and keeps them.
 * @throws LoopstickError REGISTRY_TARGET_WRONG, REGISTRY_INCOMPLETE, REGISTRY_TOO_LARGE, REGISTRY_MALFORMED,
 *   CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED; as fetchFile
 */
export async function fetchDocuments(
  { name, url }: TrustedRegistry,
  { catalogs }: MetadataView,
  folder: string,
  { fetch, signal }: Pick<CatalogReadRequest, 'fetch' | 'signal'>,
  context: Pick<Context, 'random'>,
): Promise<CatalogDocument[]> {
  if (catalogs.size > MOST_CATALOGS) {
    const problem = `there are more than ${MOST_CATALOGS} catalogs`;
    throw failure(REGISTRY_ERRORS.malformed, { registry: name, file: 'list of targets', problem });
  }
  const documents: CatalogDocument[] = [];
  for (const [target, facts] of catalogs) {
    signal.throwIfAborted();
    const kept = await keptTarget(folder, facts);
    const bytes = kept ?? (await fetchTarget(name, url, target, facts, fetch));
    documents.push(parseTarget(name, target, bytes));
    if (kept === undefined) await keepTarget(folder, bytes, facts, context);
  }
  return documents;
}

/**
 * Those that are here, verified once more.
 * @throws LoopstickError REGISTRY_TARGET_MISSING, REGISTRY_MALFORMED, CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED
 */
export async function keptDocuments(
  { name }: TrustedRegistry,
  { catalogs }: MetadataView,
  folder: string,
): Promise<CatalogDocument[]> {
  return Promise.all(
    [...catalogs].map(async ([target, facts]) => {
      const bytes = await keptTarget(folder, facts);
      if (bytes === undefined) throw failure(REGISTRY_ERRORS.targetMissing, { registry: name, file: target });
      return parseTarget(name, target, bytes);
    }),
  );
}

/**
 * A target, verified.
 * @throws LoopstickError REGISTRY_TARGET_WRONG, REGISTRY_INCOMPLETE, REGISTRY_TOO_LARGE; as fetchFile
 */
export async function fetchTarget(
  registry: string,
  url: string,
  file: string,
  facts: TargetFacts,
  fetch: CatalogReadRequest['fetch'],
  limit: number = CATALOG_FILE_LIMIT,
): Promise<Uint8Array> {
  if (facts.length > limit) throw failure(REGISTRY_ERRORS.tooLarge, { registry, file });
  const address = `${url}/${TARGETS_FOLDER}/${hashedName(file, facts.sha256)}`;
  const bytes = await fetchFile(fetch, { registry, url: address, file, maxBytes: facts.length, promised: true });
  if (bytes === undefined) throw failure(REGISTRY_ERRORS.incomplete, { registry, file });
  if (!isTarget(bytes, facts)) throw failure(REGISTRY_ERRORS.targetWrong, { registry, file });
  return bytes;
}

/** @throws LoopstickError CATALOG_MALFORMED, CATALOG_SCHEMA_UNSUPPORTED, REGISTRY_MALFORMED */
function parseTarget(registry: string, file: string, bytes: Uint8Array): CatalogDocument {
  return parseCatalogDocument(targetJson(registry, file, bytes), `registry:${registry} ${file}`);
}

/** @throws LoopstickError REGISTRY_MALFORMED */
export function targetJson(registry: string, file: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
  } catch (cause) {
    throw failure(REGISTRY_ERRORS.malformed, { registry, file, problem: messageOf(cause) }, { cause });
  }
}
