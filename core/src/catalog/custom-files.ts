import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, messageOf, reasonOf, systemCode, type LoopstickError } from '../engine/errors.ts';
import type { CatalogSource } from '../engine/hooks.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { documentJson } from './document-json.ts';
import { fileSourceName, readCatalogFile } from './file-source.ts';
import { parseCatalogDocument } from './parse-document.ts';
import type { SourcedDocument } from './speaker.ts';

/** What a file of the user's says, or why it is left out: CATALOG_CUSTOM_FILE_LEFT_OUT. */
export type CustomFile = { readonly source: CatalogSource; readonly pluginId: 'loopstick' } & (
  { readonly sourced: SourcedDocument } | { readonly error: LoopstickError }
);

/** The folder whose files are laid over the catalog, in the order of their names; `catalog.json` beside it comes last. */
export function customCatalogFolder(configDirectory: string): string {
  return join(configDirectory, 'catalog.d');
}

/**
 * Reads the user's own catalogs: those in the folder, and `catalog.json`. A broken one costs only itself.
 * @throws the signal's reason
 */
export async function customFiles(configDirectory: string, signal: AbortSignal): Promise<CustomFile[]> {
  const folder = customCatalogFolder(configDirectory);
  const found: CustomFile[] = [];
  let names: string[] = [];
  try {
    names = (await readdir(folder)).filter((name) => /^[^.].*\.json$/s.test(name)).sort();
  } catch (error) {
    if (!isAbsent(error)) found.push({ ...ownSource(folder), error: leftOut(folder, reasonOf(error), error) });
  }
  // One after the other: the largest are large.
  for (const name of names) found.push(await customFile(join(folder, name), signal));
  const last = await customFile(join(configDirectory, 'catalog.json'), signal);
  return 'error' in last && isAbsent(last.error.cause) ? found : [...found, last];
}

async function customFile(path: string, signal: AbortSignal): Promise<CustomFile> {
  const own = ownSource(path);
  try {
    const document = parseCatalogDocument(documentJson(await readCatalogFile(path, signal), path), path);
    return { ...own, sourced: { source: own.source, document } };
  } catch (error) {
    signal.throwIfAborted();
    return { ...own, error: leftOut(path, messageOf(error), error) };
  }
}

/** A source as the catalog names it; what it says has been read already. */
function ownSource(path: string): Pick<CustomFile, 'source' | 'pluginId'> {
  return {
    source: { name: fileSourceName(path), layer: 'custom', read: async () => undefined },
    pluginId: 'loopstick',
  };
}

function leftOut(file: string, problem: string, cause: unknown): LoopstickError {
  return failure(CATALOG_ERRORS.customFileLeftOut, { file, problem }, { cause });
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
}
