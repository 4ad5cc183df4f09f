/** What downloads into the library have left behind: parts that were not finished, and what stands beside each. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { lockPart } from '../download/part/part-lock.ts';
import type { Engine } from '../engine/engine.ts';
import { isLoopstickError } from '../engine/errors.ts';
import { PART_NAME } from './library-names.ts';
import { digestsIn } from './list.ts';
import { ignoreMissing, openLibrary } from './library.ts';

export interface LibraryPart {
  /** Of the file that it was to become. */
  readonly path: string;
  readonly file: string;
  readonly sha256: string;
  /** The part itself and what stands beside it; the lock, which may be held, and what is its own, is not among them. */
  readonly paths: readonly string[];
  /** What its removal would free, in bytes. */
  readonly frees: number;
  /** When it was written to last. */
  readonly changedAt: Date;
}

// Theirs too, but only the lock's own rules say when it may go.
const LOCK = /\.part\.lock(\.[^.]+)?$/;

/** The unfinished downloads in the library, also those that are running. */
export async function listParts(engine: Engine): Promise<LibraryPart[]> {
  const { folder } = openLibrary(engine);
  const parts: LibraryPart[] = [];
  for (const sha256 of await digestsIn(folder)) {
    const names = (await readdir(join(folder, sha256)).catch(ignoreMissing)) ?? [];
    const files = new Set(names.flatMap((name) => PART_NAME.exec(name)?.[1] ?? []));
    for (const file of files) {
      const all = names.filter((name) => PART_NAME.exec(name)?.[1] === file).map((name) => join(folder, sha256, name));
      const facts = await Promise.all(all.map((path) => stat(path).catch(ignoreMissing)));
      const frees = facts.reduce((sum, info) => sum + (info?.blocks ?? 0) * 512, 0);
      const changedAt = new Date(Math.max(0, ...facts.map((info) => info?.mtimeMs ?? 0)));
      const paths = all.filter((path) => !LOCK.test(path));
      parts.push({ path: join(folder, sha256, file), file, sha256, paths, frees, changedAt });
    }
  }
  return parts;
}

/**
 * Does something while no download writes this file of the library, in any process, and says what it says. False, with
 * nothing done, while one does.
 */
export async function unlessDownloading(engine: Engine, path: string, work: () => Promise<boolean>): Promise<boolean> {
  const lock = await lockPart(`${path}.part.lock`, path, engine.context).catch((error: unknown) => {
    if (isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) return undefined;
    throw error;
  });
  if (lock === undefined) return false;
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Removes an unfinished download. False when it is running. */
export function removePart(engine: Engine, part: LibraryPart): Promise<boolean> {
  return unlessDownloading(engine, part.path, async () => {
    for (const path of part.paths) await rm(path, { force: true });
    return true;
  });
}
