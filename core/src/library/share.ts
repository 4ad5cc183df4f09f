import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, open } from 'node:fs/promises';

import { checkSpace, freeSpaceIn } from '../download/space.ts';
import { writeFully } from '../engine/durable.ts';
import { systemCode } from '../engine/errors.ts';
import type { LinkWay } from '../engine/settings.ts';

/** How a second file came into being: with blocks of the first, as another name of it, or byte by byte. */
export type SharedBy = 'reflink' | 'hard' | 'copy';

const WAYS: Readonly<Record<LinkWay, readonly SharedBy[]>> = {
  auto: ['reflink', 'hard', 'copy'],
  reflink: ['reflink', 'copy'],
  hard: ['hard', 'copy'],
  copy: ['copy'],
};

export interface ShareOptions {
  readonly way: LinkWay;
  readonly size: number;
  readonly signal: AbortSignal;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Shared {
  readonly by: SharedBy;
  /** Of the bytes that went by; undefined when none did. */
  readonly sha256: string | undefined;
}

/**
 * Makes the file `to`, which must not be there, of the regular file `from`: in the first of the wanted ways that the
 * file system allows. It is on the disk when this resolves.
 * @throws LoopstickError DOWNLOAD_SPACE; the system's own errors; the signal's reason
 */
export async function shareFile(from: string, to: string, options: ShareOptions): Promise<Shared> {
  for (const by of WAYS[options.way]) {
    options.signal.throwIfAborted();
    if (by === 'copy') break;
    if (await (by === 'reflink' ? clone(from, to) : name(from, to))) return { by, sha256: undefined };
  }
  return { by: 'copy', sha256: await copy(from, to, options) };
}

// ioctl_ficlone(2) and link(2), "ERRORS", and what a kernel or libuv without them says.
const NOT_HERE = ['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM', 'EMLINK'];

async function ifPossible(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (NOT_HERE.includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

/** Shares the blocks with the original, where the file system can: at once and without using space. False elsewhere. */
async function clone(from: string, to: string): Promise<boolean> {
  if (!(await ifPossible(copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE)))) return false;
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

/** A second name of the same file; false where there are none, or none for files of somebody else. */
function name(from: string, to: string): Promise<boolean> {
  return ifPossible(link(from, to));
}

const BLOCK = 1024 * 1024;

/** Copies byte by byte. Resolves to the SHA-256 of what was copied. */
async function copy(from: string, to: string, { size, signal, onProgress }: ShareOptions): Promise<string> {
  await checkSpace(to, size, 0, freeSpaceIn);
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx');
    try {
      const hash = createHash('sha256');
      const block = Buffer.allocUnsafe(BLOCK);
      for (let done = 0; ;) {
        signal.throwIfAborted();
        const { bytesRead } = await source.read(block, 0, BLOCK, done);
        if (bytesRead === 0) break;
        const piece = block.subarray(0, bytesRead);
        hash.update(piece);
        await writeFully(target, piece, done);
        done += bytesRead;
        onProgress?.(done, size);
      }
      await target.sync();
      return hash.digest('hex');
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
