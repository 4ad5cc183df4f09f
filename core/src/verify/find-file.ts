import { availableParallelism } from 'node:os';

import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, reasonOf, systemCode } from '../engine/errors.ts';
import { algorithmsOf, differing, type Digests } from './digests.ts';
import { hashProgress } from './hash-progress.ts';
import { inParallel } from './in-parallel.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';
import type { FilesOptions } from './verify-files.ts';
import { walkFiles, type WalkedFile } from './walk-files.ts';
import { digestWholeFile } from './whole-file.ts';

export interface FindWish {
  /** All of these have to agree; at least one. */
  readonly digests: Digests;
  /** In bytes. Without it every file is read, images first. */
  readonly size?: number | undefined;
  /** Where to look: with everything below them. */
  readonly folders: readonly string[];
}

export interface FindOptions extends FilesOptions {
  /** Folders below each other, counted from the ones that are named; default: 64. */
  readonly maxDepth?: number | undefined;
}

export interface FoundFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

const IMAGE_NAME = /\.(iso|img)$/i;

/**
 * Finds the files with these digests, and yields each at once: under all its names, though it is read once. Whoever
 * has enough ends the iteration. What cannot be looked at is a warning (VERIFY_NOT_SEARCHED) and the search goes on.
 * @throws the signal's reason; TypeError for a wish without a digest
 */
export async function* findFile(
  engine: Engine,
  { digests, size, folders }: FindWish,
  { signal, parallel = availableParallelism(), maxDepth = 64 }: FindOptions,
): AsyncGenerator<FoundFile, void, undefined> {
  if (algorithmsOf(digests).length === 0) throw new TypeError('nothing says which file to find');
  const reported = new Set<string>();
  const onProblem = (path: string, error: unknown): void => {
    if (reported.has(path)) return;
    reported.add(path);
    const values = { path, reason: reasonOf(error) };
    engine.events.emit('warning', failure(VERIFY_ERRORS.notSearched, values, { cause: error }));
  };
  const known = new Map<string, Promise<boolean>>();
  const check = async (file: WalkedFile, inner: AbortSignal): Promise<FoundFile | undefined> => {
    const isWanted = known.get(file.identity) ?? compare(engine, file, digests, inner, onProblem);
    known.set(file.identity, isWanted);
    return (await isWanted) ? { path: file.path, size: file.size } : undefined;
  };
  for (const isWanted of rounds(size)) {
    const files = walkFiles(folders, { signal, isWanted, maxDepth, onProblem });
    for await (const found of inParallel(files, parallel, signal, check)) if (found !== undefined) yield found;
  }
}

/** The first file that is found with these digests; see findFile. */
export async function findFirst(engine: Engine, wish: FindWish, options: FindOptions): Promise<FoundFile | undefined> {
  for await (const found of findFile(engine, wish, options)) return found;
  return undefined;
}

/**
 * The size says more than any name. Without it, what is named like an image comes first: it is walked twice then,
 * which costs little beside reading all the files, and nothing has to be remembered of a disk full of them.
 */
function rounds(size: number | undefined): ((file: WalkedFile) => boolean)[] {
  if (size !== undefined) return [(file) => file.size === size];
  return [
    (file) => file.size > 0 && IMAGE_NAME.test(file.path),
    (file) => file.size > 0 && !IMAGE_NAME.test(file.path),
  ];
}

async function compare(
  engine: Engine,
  { path, size }: WalkedFile,
  wanted: Digests,
  signal: AbortSignal,
  onProblem: (path: string, error: unknown) => void,
): Promise<boolean> {
  try {
    const onProgress = hashProgress(engine, path);
    const actual = await digestWholeFile(path, algorithmsOf(wanted), { signal, onProgress });
    return actual.size === size && differing(wanted, actual.digests).length === 0;
  } catch (error) {
    signal.throwIfAborted();
    // A file that goes or changes while others work with it is not the one that is wanted.
    if (systemCode(error) !== 'ENOENT' && !isLoopstickError(error)) onProblem(path, error);
    return false;
  }
}
