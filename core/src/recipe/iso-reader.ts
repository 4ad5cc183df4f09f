import { open, type FileHandle } from 'node:fs/promises';
import { resolve } from 'node:path';

import { isLoopstickError, failure } from '../engine/errors.ts';
import type { Runner } from '../engine/run.ts';
import type { IsoContents } from './iso.ts';
import { listIso, type IsoFile } from './iso-listing.ts';
import { ISO_SECTOR, readIsoVolume } from './iso-volume.ts';
import { RECIPE_ERRORS } from './recipe-errors.ts';

/** An ISO file that can be looked into. Recipes see it as IsoContents, which keeps the file's name from them. */
export interface OpenIso extends IsoContents {
  /** The ISO file as it was named. */
  readonly file: string;
}

/** What `read` reads unless told otherwise, in bytes. Boot menus have a few KiB. */
const READ_LIMIT = 256 * 1024;
const LISTING_DEADLINE_MS = 60_000;

/**
 * Looks inside an ISO file, with xorriso and without mounting it. The file is not kept open.
 *
 * @throws LoopstickError ISO_UNREADABLE, TOOL_MISSING; the operating system's own error (ENOENT, EACCES) when the file
 *   cannot be opened; the signal's reason when aborted.
 */
export async function openIso(
  file: string,
  { runner, signal }: { readonly runner: Runner; readonly signal: AbortSignal },
): Promise<OpenIso> {
  signal.throwIfAborted();
  const path = resolve(file);
  const refuse = (problem: string, cause?: unknown): Error =>
    failure(RECIPE_ERRORS.unreadable, { file, problem }, { cause });

  const { size, label } = await withFile(path, async (handle) => {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse('it is not a regular file');
    const volume = await readIsoVolume(handle);
    if (typeof volume === 'string') throw refuse(volume);
    return { size: stats.size, label: volume.label };
  });

  const files = await list(path, runner, signal, refuse);
  for (const [name, { size: bytes, extents }] of files) {
    const last = extents.at(-1);
    const covered = extents.slice(0, -1).reduce((sum, extent) => sum + extent.bytes, 0);
    const end = last === undefined ? 0 : last.block * ISO_SECTOR + (bytes - covered);
    if (bytes > 0 && end > size) throw refuse(`it ends before its file ${name} does`);
  }
  return isoOf(file, path, { label, size, files });
}

interface IsoIndex {
  readonly label: string;
  readonly size: number;
  readonly files: ReadonlyMap<string, IsoFile>;
}

async function list(
  path: string,
  runner: Runner,
  signal: AbortSignal,
  refuse: (problem: string, cause?: unknown) => Error,
): Promise<Map<string, IsoFile>> {
  const deadline = AbortSignal.timeout(LISTING_DEADLINE_MS);
  try {
    return await listIso(path, runner, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw refuse('reading its folders does not come to an end', error);
    if (isLoopstickError(error, 'TOOL_FAILED')) throw refuse(error.message, error);
    throw error;
  }
}

function isoOf(file: string, path: string, { label, size, files }: IsoIndex): OpenIso {
  const sorted = [...files.keys()].sort();
  return {
    file,
    label,
    size,
    has: (name) => files.has(name),
    list(folder) {
      const prefix = folder.endsWith('/') ? folder : `${folder}/`;
      return prefix === '/' ? sorted : sorted.filter((name) => name.startsWith(prefix));
    },
    async read(name, { signal, limit = READ_LIMIT }) {
      signal.throwIfAborted();
      const found = files.get(name);
      if (found === undefined) throw failure(RECIPE_ERRORS.fileMissing, { path: name, file });
      if (found.size > limit) {
        throw failure(RECIPE_ERRORS.fileTooLarge, { path: name, file, size: found.size, limit });
      }
      const content = await withFile(path, (handle) => readExtents(handle, found));
      signal.throwIfAborted();
      if (content === undefined) {
        throw failure(RECIPE_ERRORS.unreadable, { file, problem: `its file ${name} is cut short` });
      }
      return content.toString('utf8');
    },
  };
}

/** The bytes of a file; undefined when the image ends before. */
async function readExtents(handle: FileHandle, { size, extents }: IsoFile): Promise<Buffer | undefined> {
  const content = Buffer.alloc(size);
  let done = 0;
  for (const extent of extents) {
    const length = Math.min(extent.bytes, size - done);
    const { bytesRead } = await handle.read(content, done, length, extent.block * ISO_SECTOR);
    if (bytesRead < length) return undefined;
    done += length;
  }
  return done === size ? content : undefined;
}

async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
