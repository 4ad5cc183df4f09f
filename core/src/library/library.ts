import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { Meter } from '../download/meter.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import { hashFile } from '../verify/hash.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { FILE_NAME, plainName, SHA256 } from './library-names.ts';
import { isUnwritable, readRecord, touchRecord, writeRecord } from './record.ts';
import { look } from './stamp.ts';

/** A verified file of the library. */
export interface LibraryFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/**
 * The store of verified ISOs: `<data>/library/<sha256>/<file>`, and beside each folder `<sha256>.json`, which says what
 * the file looked like when it was verified.
 */
export interface Library {
  readonly folder: string;
  /** Where the file with this digest stands or will stand. A name that is not a plain file name is replaced. */
  pathFor(sha256: string, file: string): string;
  /** Where the record of that file stands. */
  recordFor(sha256: string): string;
  /**
   * The file with this digest, if it is there and unchanged: by size and times when they are as recorded, by a full
   * hash otherwise. A file that is something else is reported as a warning (LIBRARY_FILE_CHANGED) and not returned.
   */
  find(sha256: string, options: { readonly signal: AbortSignal }): Promise<LibraryFile | undefined>;
  /**
   * Records a file at its place in the library, which the caller has just verified. What is known of it stays.
   * @param image the id of the image that it is, when a catalog says so
   */
  adopt(sha256: string, file: string, image?: string): Promise<LibraryFile>;
}

export function openLibrary(engine: Engine): Library {
  const folder = join(engine.context.paths.data, 'library');

  const folderOf = (sha256: string): string => {
    if (!SHA256.test(sha256)) throw new TypeError('a SHA-256 digest is 64 lower-case hex digits');
    return join(folder, sha256);
  };
  const recordFor = (sha256: string): string => `${folderOf(sha256)}.json`;

  const adopt: Library['adopt'] = async (sha256, name, image) => {
    const file = plainName(name);
    const path = join(folderOf(sha256), file);
    const { size, stamp } = await look(path);
    const known = await readRecord(recordFor(sha256));
    const about = known?.sha256 === sha256 ? known : undefined;
    const record = {
      schema: 1,
      sha256,
      file,
      stamp,
      image: image ?? about?.image,
      addedAt: about?.addedAt ?? engine.context.now().toISOString(),
    } as const;
    await writeRecord(recordFor(sha256), record, engine.context);
    return { path, size, sha256 };
  };

  const check = async (sha256: string, file: string, stamp: string | undefined, signal: AbortSignal) => {
    const path = join(folderOf(sha256), file);
    const now = await look(path).catch(ignoreMissing);
    // Removed by another process a moment ago.
    if (now === undefined) return undefined;
    const found = { path, size: now.size, sha256 };
    if (now.stamp === stamp) {
      await touchRecord(recordFor(sha256), engine.context);
      return found;
    }
    const meter = new Meter(engine, 'hash', file);
    if ((await hashFile(path, { signal, onProgress: meter.report.bind(meter) })) === sha256) {
      return adopt(sha256, file).catch((error: unknown) => {
        if (isUnwritable(error)) return found;
        throw error;
      });
    }
    engine.events.emit('warning', failure(LIBRARY_ERRORS.changed, { file: path }));
    return undefined;
  };

  return {
    folder,
    pathFor: (sha256, file) => join(folderOf(sha256), plainName(file)),
    recordFor,
    adopt,
    async find(sha256, { signal }) {
      const record = await readRecord(recordFor(sha256));
      const files = await filesIn(folderOf(sha256));
      for (const file of files) {
        const stamp = record?.sha256 === sha256 && record.file === file ? record.stamp : undefined;
        const found = await check(sha256, file, stamp, signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** Creates the folder for a file of the library. */
export async function makeRoom(path: string): Promise<void> {
  await makeFolder(dirname(path));
}

/** The finished files in a folder of the library, not parts and locks. */
export async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && FILE_NAME.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    ignoreMissing(error);
    return [];
  }
}

/** For `catch`: what is not there is undefined; everything else is thrown. */
export function ignoreMissing(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
