import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { Meter } from '../download/meter.ts';
import { presentFile } from '../download/present-file.ts';
import { checkSpace, freeSpaceIn } from '../download/space.ts';
import { renameDurably, renameToFreeName, writeFully } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { hashFile } from '../verify/hash.ts';
import { plainName } from './library.ts';

/** A file of the library that is to stand in a place of the user's, too. */
export interface PlaceJob {
  /** What it is called in events and errors: an image id. */
  readonly label: string;
  /** The file in the library. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  /** Its folder is made when it is not there. */
  readonly destination: string;
  /** Put it in the place of another file; otherwise that is an error. */
  readonly replace?: boolean | undefined;
}

/**
 * Where each of these images goes in a folder. The same image twice is one file.
 * @throws LoopstickError DOWNLOAD_DESTINATION_SHARED when different ones would have one name
 */
export function placesIn(
  folder: string,
  images: readonly { readonly label: string; readonly name: string; readonly sha256: string }[],
): string[] {
  const taken = new Map<string, { readonly label: string; readonly sha256: string }>();
  return images.map(({ label, name, sha256 }) => {
    const place = join(folder, plainName(name));
    // Not every file system tells capitals from small letters.
    const key = place.toLowerCase();
    const other = taken.get(key);
    if (other !== undefined && other.sha256 !== sha256) {
      throw failure(DOWNLOAD_ERRORS.destinationShared, { first: other.label, second: label, file: place });
    }
    taken.set(key, { label, sha256 });
    return place;
  });
}

/**
 * Puts a copy of a library's file where the user wants it, verified. A file with the same content stays as it is.
 *
 * A copy and not a hard link, although that costs the space where the file system cannot share blocks: two names of
 * one inode would let whoever edits, truncates or re-owns his file do the same to the library's; and a link changes
 * the inode, after which the library could not trust its record and would read the whole file once more.
 *
 * @throws LoopstickError DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE, DOWNLOAD_SPACE, LIBRARY_FILE_CHANGED; the
 *   system's own errors; the signal's reason
 */
export async function placeFile(engine: Engine, job: PlaceJob, signal: AbortSignal): Promise<void> {
  const { label, file, destination, sha256 } = job;
  signal.throwIfAborted();
  if ((await presentFile(engine, { ...job, digests: { sha256: job.sha256 } }, signal)) !== undefined) return;
  engine.events.emit('step', { step: 'copy', detail: destination });
  await mkdir(dirname(destination), { recursive: true });

  const mark = Buffer.from(engine.context.random(6)).toString('hex');
  const temporary = join(dirname(destination), `.${basename(destination)}.${mark}.part`);
  try {
    const meter = new Meter(engine, 'copy', label);
    const onProgress = meter.report.bind(meter);
    const digest = (await clone(file, temporary))
      ? await hashFile(temporary, { signal, onProgress })
      : await copy(job, temporary, signal, onProgress);
    if (digest !== sha256) throw failure(DOWNLOAD_ERRORS.libraryChanged, { file });
    if (job.replace === true) await renameDurably(temporary, destination);
    else await renameToFreeName(temporary, destination);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    // It has come into being meanwhile. That is well if another run put the same file there.
    if ((await presentFile(engine, { ...job, digests: { sha256: job.sha256 } }, signal)) === undefined) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Shares the blocks with the original, where the file system can: at once and without using space. False elsewhere. */
async function clone(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch (error) {
    // ioctl_ficlone(2), "ERRORS", and what a kernel or libuv without it says.
    if (['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOTTY', 'ENOSYS', 'EPERM'].includes(systemCode(error) ?? '')) {
      return false;
    }
    throw error;
  }
  const file = await open(to, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

const BLOCK = 1024 * 1024;

/** Copies byte by byte, on the disk when it returns. Resolves to the SHA-256 of what was copied. */
async function copy(
  { file, size, destination }: PlaceJob,
  to: string,
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<string> {
  await checkSpace(destination, size, 0, freeSpaceIn);
  const source = await open(file, 'r');
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
        onProgress(done, size);
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
