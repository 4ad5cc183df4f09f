import { rename } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import { verifyFiles } from '../verify/verify-files.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { SET_ASIDE } from './library-names.ts';
import { ignoreMissing, openLibrary } from './library.ts';
import type { LibraryEntry } from './list.ts';
import { isUnwritable } from './record.ts';
import { look } from './stamp.ts';

/** What became of one file. */
export interface LibraryCheck {
  readonly entry: LibraryEntry;
  /** `unread`: it is gone or could not be read; `problem` says why. */
  readonly state: 'right' | 'changed' | 'unread';
  /** Where a changed file is now; undefined when it could not be moved. */
  readonly movedTo?: string | undefined;
  readonly problem?: unknown;
}

/**
 * Reads these files of the library in full, several at a time, and compares them with their digests. One that is
 * something else is reported as a warning (LIBRARY_FILE_CHANGED) and set aside, not deleted: it may be all that there
 * is. Resolves in the order of the entries.
 * @throws the signal's reason
 */
export async function verifyLibrary(
  engine: Engine,
  entries: readonly LibraryEntry[],
  options: { readonly signal: AbortSignal },
): Promise<LibraryCheck[]> {
  const before = await Promise.all(entries.map(({ path }) => look(path).catch(() => undefined)));
  const wishes = entries.map(({ path, sha256 }) => ({ file: path, expected: { sha256 } }));
  const results = await verifyFiles(engine, wishes, options);
  const checks: LibraryCheck[] = [];
  for (const [index, entry] of entries.entries()) {
    const result = results[index];
    const stamp = before[index]?.stamp;
    if (result === undefined || result.problem !== undefined) {
      checks.push({ entry, state: 'unread', problem: result?.problem });
    } else if (result.ok) {
      await renew(engine, entry, stamp);
      checks.push({ entry, state: 'right' });
    } else {
      engine.events.emit('warning', failure(LIBRARY_ERRORS.changed, { file: entry.path }));
      checks.push({ entry, state: 'changed', movedTo: await setAside(engine, entry, stamp) });
    }
  }
  return checks;
}

/** It has just been read: that is worth noting if the record does not say so yet. */
async function renew(engine: Engine, { sha256, file, path, recorded }: LibraryEntry, stamp?: string): Promise<void> {
  if (recorded || (await look(path).catch(ignoreMissing))?.stamp !== stamp) return;
  await openLibrary(engine)
    .adopt(sha256, file)
    .catch((error: unknown) => {
      if (!isUnwritable(error)) throw error;
    });
}

/** Moves the file that looked like this when it was read, and no other that has taken its place meanwhile. */
async function setAside(
  engine: Engine,
  { sha256, file, path }: LibraryEntry,
  stamp: string | undefined,
): Promise<string | undefined> {
  if ((await look(path).catch(ignoreMissing))?.stamp !== stamp) return undefined;
  const folder = join(openLibrary(engine).folder, SET_ASIDE, sha256);
  // Another one may have been set aside before.
  const mark = Buffer.from(engine.context.random(4)).toString('hex');
  const place = join(folder, `${mark}-${file}`.slice(0, 200));
  try {
    await makeFolder(folder);
    await rename(path, place);
    return place;
  } catch (error) {
    if (isUnwritable(error)) return undefined;
    throw error;
  }
}
