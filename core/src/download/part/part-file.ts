import { constants } from 'node:fs';
import { lstat, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';

import { renameDurably, renameToFreeName } from '../../engine/durable.ts';
import { failure, systemCode } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { PieceMap } from './piece-map.ts';

// IOV_MAX is 1024 on Linux (limits.h); Node hands all buffers to one pwritev(2).
const MOST_BUFFERS = 1024;

/**
 * The file that a download grows in. Chunks are written at their place straight from the buffers they arrived in; who
 * has written what is the piece map's business. Errors are the system's own.
 */
export class PartFile {
  readonly path: string;
  #handle: FileHandle;
  readonly #writes = new Set<Promise<void>>();

  /** For `open` only. */
  constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens what is there, or makes a new one. A file with a second name is replaced, because the other name would be
   * overwritten; and one that somebody else owns in a folder that all may write to, because he may have put it there to
   * change it after it was verified. Elsewhere, file systems without owners say that it is somebody's.
   * @throws LoopstickError DOWNLOAD_NOT_A_FILE
   */
  static async open(path: string): Promise<PartFile> {
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK } = constants;
    await requireFile(path);
    const handle = await open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
    try {
      const { uid, nlink } = await handle.stat();
      const isOurs = uid === (process.geteuid?.() ?? uid) || !(await isOpenToAll(dirname(path)));
      if (nlink === 1 && isOurs) return new PartFile(path, handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    await rm(path);
    return new PartFile(path, await open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644));
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  /** For hashing. Not to be closed or written to. */
  get handle(): FileHandle {
    return this.#handle;
  }

  /** Writes all chunks, one behind the other, from `position` on. */
  write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    const writing = this.#write(chunks, position).finally(() => this.#writes.delete(writing));
    this.#writes.add(writing);
    return writing;
  }

  /** Reads up to `length` bytes. */
  async read(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, length - filled, start + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  /** Whether the bytes that the map lists for this piece are in the file. */
  async holds(map: PieceMap, piece: number): Promise<boolean> {
    const bytes = await this.read(map.startOf(piece), map.fillOf(piece));
    return bytes.length === map.fillOf(piece) && crc32(bytes) === map.crcOf(piece);
  }

  /** When it returns, everything written before is on the disk. */
  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  async truncate(size: number): Promise<void> {
    await this.#handle.truncate(size);
  }

  /** Waits for all writes, whether they succeed or not: whoever started them hears of failures. */
  async settle(): Promise<void> {
    await Promise.allSettled(this.#writes);
  }

  /**
   * Gives the finished file its name, on the disk before it is seen.
   * @param replace in the place of another file; otherwise that is the system's own EEXIST
   */
  async publish(destination: string, replace: boolean): Promise<void> {
    await this.#handle.sync();
    if (replace) await renameDurably(this.path, destination);
    else await renameToFreeName(this.path, destination);
  }

  /** Takes over the bytes of another one, under its own name. The other one is not to be used any more. */
  async become(other: PartFile): Promise<void> {
    await Promise.all([this.settle(), other.settle()]);
    await rename(other.path, this.path);
    const handle = this.#handle;
    this.#handle = other.#handle;
    await handle.close();
  }

  async close(): Promise<void> {
    await this.settle();
    await this.#handle.close();
  }

  async #write(chunks: readonly Uint8Array[], position: number): Promise<void> {
    let rest: readonly Uint8Array[] = chunks;
    for (let at = position; rest.length > 0;) {
      const { bytesWritten } = await this.#handle.writev(rest.slice(0, MOST_BUFFERS), at).catch((error: unknown) => {
        // Of a handle, the system does not say which file it was.
        throw error instanceof Error ? Object.assign(error, { message: `${error.message} '${this.path}'` }) : error;
      });
      at += bytesWritten;
      rest = behind(rest, bytesWritten);
    }
  }
}

async function isOpenToAll(folder: string): Promise<boolean> {
  return ((await stat(folder)).mode & 0o002) !== 0;
}

/** @throws LoopstickError DOWNLOAD_NOT_A_FILE when something else than a regular file has this name */
export async function requireFile(path: string): Promise<void> {
  const status = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (status !== undefined && !status.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
}

/** The chunks without their first `count` bytes. */
export function behind(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let left = count;
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.length > left) return [chunk.subarray(left), ...chunks.slice(index + 1)];
    left -= chunk.length;
  }
  return [];
}

/** The first `count` bytes of the chunks. */
export function upTo(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  const kept: Uint8Array[] = [];
  let left = count;
  for (const chunk of chunks) {
    if (left <= 0) break;
    kept.push(chunk.length > left ? chunk.subarray(0, left) : chunk);
    left -= chunk.length;
  }
  return kept;
}

export function lengthOf(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}
