import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';

import { catalogEntries, type Catalog, type CatalogEntry } from '../catalog/model.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import type { LinkWay } from '../engine/settings.ts';
import { hashProgress } from '../verify/hash-progress.ts';
import { bringIn, type BroughtFile } from './bring-in.ts';
import { openDigestCache } from './digest-cache.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { plainNameLike } from './library-names.ts';

export interface AddFileOptions {
  readonly catalog: Catalog;
  /** Default: the setting `library.link`. */
  readonly link?: LinkWay | undefined;
  readonly signal: AbortSignal;
}

export interface AddedFile extends BroughtFile {
  /** What it is, when the catalog knows its digest. */
  readonly entry: CatalogEntry | undefined;
}

/**
 * Takes a file of the user's into the library: as the image that it is by its digest, or else by its digest alone. One
 * that only has the name of an image is reported as a warning (LIBRARY_NOT_THE_CATALOGS).
 * @throws LoopstickError FILE_NOT_FOUND, VERIFY_NOT_A_FILE, LIBRARY_SOURCE_CHANGED, DOWNLOAD_SPACE; the system's own
 *   errors; the signal's reason
 */
export async function addFile(
  engine: Engine,
  file: string,
  { catalog, link, signal }: AddFileOptions,
): Promise<AddedFile> {
  // A link would else be taken in place of what it leads to.
  const path = await realpath(file).catch((cause: unknown) => {
    if (systemCode(cause) !== 'ENOENT') throw cause;
    throw failure(ENGINE_ERRORS.fileMissing, { file }, { cause });
  });
  const cache = openDigestCache(engine);
  const source = await cache.digest(path, { signal, onProgress: hashProgress(engine, path) });
  const all = catalogEntries(catalog);
  const entry = all.find(({ image }) => image.checksums.sha256 === source.sha256);
  const namesake = all.find(({ image }) => image.file === basename(file));
  if (entry === undefined && namesake !== undefined) {
    engine.events.emit('warning', failure(LIBRARY_ERRORS.notTheCatalogs, { file, image: namesake.image.id }));
  }
  const name = entry?.image.file ?? plainNameLike(basename(file));
  const brought = await bringIn(engine, source, { file: name, image: entry?.image.id, link, signal });
  if (brought.by === 'hard') await cache.renew(source);
  return { ...brought, entry };
}
