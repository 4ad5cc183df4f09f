import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve, sep } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, reasonOf, systemCode } from '../engine/errors.ts';
import { hashProgress } from '../verify/hash-progress.ts';
import { inParallel } from '../verify/in-parallel.ts';
import { VERIFY_ERRORS } from '../verify/verify-errors.ts';
import { walkFiles, type WalkedFile } from '../verify/walk-files.ts';
import { bringIn } from './bring-in.ts';
import { openDigestCache, type DigestCache, type KnownFile } from './digest-cache.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { openLibrary, type LibraryFile } from './library.ts';

/** A file that is wanted. */
export interface LocalWish {
  /** What it is called in events: an image id. */
  readonly label: string;
  /** In bytes. Without it, only files of the wanted name are read: everything else could be it. */
  readonly size?: number | undefined;
  readonly sha256: string;
  /** Its name at the vendor, and in the library. */
  readonly file: string;
}

/**
 * Looks for a file that the library does not have in the folders of the setting `library.search`, by size first and digest second, and takes
 * the first one into the library; the event `found` tells of it. Undefined when there is none. A folder that is not
 * there, on a disk that is not plugged in for instance, is no error, nor is a file that cannot be read.
 * @throws LoopstickError DOWNLOAD_SPACE; the system's own errors about the library; the signal's reason
 */
export async function findLocally(
  engine: Engine,
  wish: LocalWish,
  { signal }: { readonly signal: AbortSignal },
): Promise<LibraryFile | undefined> {
  const folders = searchFolders(engine);
  if (folders.length === 0) return undefined;
  const cache = openDigestCache(engine);
  for await (const source of candidates(engine, wish, folders, cache, signal)) {
    const options = { file: wish.file, image: wish.label, absent: true, signal };
    const brought = await bringIn(engine, source, options).catch(ignoreChanged);
    if (brought === undefined) continue;
    const { by, ...found } = brought;
    if (by === 'hard') await cache.renew(source);
    engine.events.emit('found', { label: wish.label, path: source.path });
    return found;
  }
  return undefined;
}

/** The folders of the setting `library.search`, as absolute paths. */
export function searchFolders({ context, settings }: Pick<Engine, 'context' | 'settings'>): string[] {
  return settings.library.search.map((folder) =>
    /^~(\/|$)/.test(folder) ? join(context.env['HOME'] ?? '/', folder.slice(1)) : resolve(context.paths.config, folder),
  );
}

/** Files that are the wanted one by their digest. */
async function* candidates(
  engine: Engine,
  { size, sha256, file }: LocalWish,
  folders: readonly string[],
  cache: DigestCache,
  signal: AbortSignal,
): AsyncGenerator<KnownFile, void, undefined> {
  // What is in the library was looked at before.
  const own = openLibrary(engine).folder + sep;
  const isWanted = (each: WalkedFile): boolean =>
    !each.path.startsWith(own) && (size === undefined ? basename(each.path) === file : each.size === size);
  const onProblem = (path: string, error: unknown): void => {
    // Only what the user named: what he may not read below it, he knows.
    if (!folders.includes(path) || systemCode(error) === 'ENOENT') return;
    const values = { path, reason: reasonOf(error) };
    engine.events.emit('warning', failure(VERIFY_ERRORS.notSearched, values, { cause: error }));
  };
  const read = async ({ path }: WalkedFile, inner: AbortSignal): Promise<KnownFile | undefined> => {
    try {
      const real = await realpath(path);
      return await cache.digest(real, { signal: inner, onProgress: hashProgress(engine, real) });
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  };
  const files = walkFiles(folders, { signal, isWanted, onProblem, maxDepth: 64 });
  for await (const known of inParallel(files, availableParallelism(), signal, read)) {
    if (known?.sha256 === sha256) yield known;
  }
}

/** The file that was found may go or change before it is taken: then it is not the one. */
function ignoreChanged(error: unknown): undefined {
  if (!isLoopstickError(error, LIBRARY_ERRORS.source.code)) throw error;
}
