import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { Meter } from '../download/meter.ts';
import { writeFileDurably } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { hashFile } from '../verify/hash.ts';

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
  /**
   * The file with this digest, if it is there and unchanged: by size and times when they are as recorded, by a full
   * hash otherwise. A file that is something else is reported as a warning (LIBRARY_FILE_CHANGED) and not returned.
   */
  find(sha256: string, options: { readonly signal: AbortSignal }): Promise<LibraryFile | undefined>;
  /** Records a file at its place in the library, which the caller has just verified. */
  adopt(sha256: string, file: string): Promise<LibraryFile>;
}

interface LibraryRecord {
  readonly schema: 1;
  readonly sha256: string;
  readonly file: string;
  readonly stamp: string;
}

const SHA256 = /^[0-9a-f]{64}$/;
// A plain name that cannot be taken for an option, a hidden file, or a part and its lock.
const FILE_NAME = /^(?!.*\.part(\.lock.*)?$)[A-Za-z0-9][A-Za-z0-9._+~-]{0,199}$/;

const recordSchema: z.ZodType<LibraryRecord> = z.object({
  schema: z.literal(1),
  sha256: z.string().regex(SHA256),
  file: z.string().regex(FILE_NAME),
  stamp: z.string().max(200),
});

export function openLibrary(engine: Engine): Library {
  const folder = join(engine.context.paths.data, 'library');

  const folderOf = (sha256: string): string => {
    if (!SHA256.test(sha256)) throw new TypeError('a SHA-256 digest is 64 lower-case hex digits');
    return join(folder, sha256);
  };
  const recordOf = (sha256: string): string => `${folderOf(sha256)}.json`;

  const adopt = async (sha256: string, file: string): Promise<LibraryFile> => {
    const path = join(folderOf(sha256), plainName(file));
    const { size, stamp } = await look(path);
    const record: LibraryRecord = { schema: 1, sha256, file: plainName(file), stamp };
    const suffix = Buffer.from(engine.context.random(6)).toString('hex');
    await writeFileDurably(recordOf(sha256), `${JSON.stringify(record)}\n`, suffix);
    return { path, size, sha256 };
  };

  const check = async (sha256: string, file: string, stamp: string | undefined, signal: AbortSignal) => {
    const path = join(folderOf(sha256), file);
    const now = await look(path);
    if (now.stamp === stamp) return { path, size: now.size, sha256 };
    const meter = new Meter(engine, 'hash', file);
    if ((await hashFile(path, { signal, onProgress: meter.report.bind(meter) })) === sha256) {
      return adopt(sha256, file);
    }
    engine.events.emit('warning', failure(DOWNLOAD_ERRORS.libraryChanged, { file: path }));
    return undefined;
  };

  return {
    folder,
    pathFor: (sha256, file) => join(folderOf(sha256), plainName(file)),
    adopt,
    async find(sha256, { signal }) {
      const record = await readRecord(recordOf(sha256));
      const files = await list(folderOf(sha256));
      for (const file of files) {
        const stamp = record?.sha256 === sha256 && record.file === file ? record.stamp : undefined;
        const found = await check(sha256, file, stamp, signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** The name, if nothing can be wrong with it as the name of an image's file, and `image.iso` otherwise. */
export function plainName(file: string): string {
  return FILE_NAME.test(file) ? file : 'image.iso';
}

/** Creates the folder for a file of the library. */
export async function makeRoom(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
}

/**
 * What tells an untouched file from another one without reading it. The time of the last change of the inode is part
 * of it, because whoever writes to a file can set its modification time back, but not this one.
 */
async function look(path: string): Promise<{ readonly size: number; readonly stamp: string }> {
  const { size, mtimeNs, ctimeNs, ino } = await stat(path, { bigint: true });
  return { size: Number(size), stamp: `${size}-${mtimeNs}-${ctimeNs}-${ino}` };
}

/** The finished files in a folder of the library, not parts and locks. */
async function list(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && FILE_NAME.test(entry.name))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A record that cannot be read is as good as none: the file is hashed then. */
async function readRecord(path: string): Promise<LibraryRecord | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
