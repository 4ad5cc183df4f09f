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
  /** Bytes of a file inside; undefined when there is none. */
  sizeOf(path: string): number | undefined;
  /**
   * The bytes of a file of any size, in pieces.
   * @throws LoopstickError ISO_FILE_MISSING, ISO_UNREADABLE; the signal's reason when aborted.
   */
  stream(path: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What `read` reads unless told otherwise, in bytes. Boot menus have a few KiB. */
const READ_LIMIT = 256 * 1024;
const PIECE = 1024 * 1024;
// An ordinary image is listed within a second; a folder that contains itself would be for ever.
const LISTING_DEADLINE_MS = 30_000;

export interface OpenIsoOptions {
  readonly runner: Runner;
  readonly signal: AbortSignal;
  /** How long reading the folders may take, in milliseconds. Default 30,000. */
  readonly deadlineMs?: number;
}

/**
 * Looks inside an ISO file, with xorriso and without mounting it. The file is not kept open.
 *
 * @throws LoopstickError ISO_UNREADABLE, TOOL_MISSING; the operating system's own error (ENOENT, EACCES) when the file
 *   cannot be opened; the signal's reason when aborted.
 */
export async function openIso(file: string, options: OpenIsoOptions): Promise<OpenIso> {
  options.signal.throwIfAborted();
  const path = resolve(file);
  const refuse = (problem: string, cause?: unknown): Error =>
    failure(RECIPE_ERRORS.unreadable, { file, problem }, { cause });

  const { size, volume } = await withFile(path, async (handle) => {
    const stats = await handle.stat();
    if (!stats.isFile()) throw refuse('it is not a regular file');
    const found = await readIsoVolume(handle);
    if (typeof found === 'string') throw refuse(found);
    return { size: stats.size, volume: found };
  });
  const damage =
    size < volume.size ? `only ${size} of its ${volume.size} bytes are there` : 'its folders or files lead to nowhere';

  const files = await list(path, options, refuse, damage);
  for (const found of files.values()) {
    if (endOf(found) > size) throw refuse(damage);
  }
  return isoOf(file, path, { label: volume.label, uuid: volume.uuid, size, files });
}

interface IsoIndex {
  readonly label: string;
  readonly uuid: string | undefined;
  readonly size: number;
  readonly files: ReadonlyMap<string, IsoFile>;
}

async function list(
  path: string,
  { runner, signal, deadlineMs = LISTING_DEADLINE_MS }: OpenIsoOptions,
  refuse: (problem: string, cause?: unknown) => Error,
  damage: string,
): Promise<Map<string, IsoFile>> {
  const deadline = AbortSignal.timeout(deadlineMs);
  try {
    return await listIso(path, runner, AbortSignal.any([signal, deadline]));
  } catch (error) {
    signal.throwIfAborted();
    if (deadline.aborted) throw refuse('reading its folders does not come to an end', error);
    if (isLoopstickError(error, 'TOOL_FAILED')) throw refuse(damage, error);
    throw error;
  }
}

function isoOf(file: string, path: string, { label, uuid, size, files }: IsoIndex): OpenIso {
  const sorted = [...files.keys()].sort();
  return {
    file,
    label,
    uuid,
    size,
    has: (name) => files.has(name),
    sizeOf: (name) => files.get(name)?.size,
    stream: (name, signal) => streamFile({ file, path, name }, files.get(name), signal),
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
      const pieces: Uint8Array[] = [];
      for await (const piece of streamFile({ file, path, name }, found, signal)) pieces.push(piece);
      return Buffer.concat(pieces).toString('utf8');
    },
  };
}

/** The byte of the image that follows the file's last one. */
function endOf({ size, extents }: IsoFile): number {
  const last = extents.at(-1);
  if (last === undefined || size === 0) return 0;
  const before = extents.slice(0, -1).reduce((sum, { bytes }) => sum + bytes, 0);
  return last.block * ISO_SECTOR + (size - before);
}

/** Where the bytes of a file lie in the image, in pieces that fit into memory. */
function* piecesOf({ size, extents }: IsoFile): Generator<{ position: number; length: number }> {
  let left = size;
  for (const { block, bytes } of extents) {
    const end = block * ISO_SECTOR + Math.min(bytes, left);
    for (let position = block * ISO_SECTOR; position < end; position += PIECE) {
      const length = Math.min(PIECE, end - position);
      left -= length;
      yield { position, length };
    }
  }
}

async function* streamFile(
  { file, path, name }: { readonly file: string; readonly path: string; readonly name: string },
  found: IsoFile | undefined,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (found === undefined) throw failure(RECIPE_ERRORS.fileMissing, { path: name, file });
  const handle = await open(path, 'r');
  try {
    let left = found.size;
    for (const { position, length } of piecesOf(found)) {
      const piece = Buffer.alloc(length);
      const { bytesRead } = await handle.read(piece, 0, length, position);
      signal.throwIfAborted();
      if (bytesRead < length) break;
      left -= length;
      yield piece;
    }
    if (left > 0) throw failure(RECIPE_ERRORS.unreadable, { file, problem: `its file ${name} is cut short` });
  } finally {
    await handle.close();
  }
}

async function withFile<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r');
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
