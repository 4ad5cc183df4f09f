import { lstat, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import { Meter } from '../download/meter.ts';
import { presentFile } from '../download/present-file.ts';
import { renameDurably, renameToFreeName } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import type { LinkWay } from '../engine/settings.ts';
import { hashFile } from '../verify/hash.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { plainName } from './library-names.ts';
import { forbidWriting, isIntact, keepRecord } from './second-name.ts';
import { shareFile, type SharedBy } from './share.ts';
import { look, type FileLook } from './stamp.ts';

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
  /** Default: the setting `library.link`. */
  readonly link?: LinkWay | undefined;
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

/** How a file came to stand where the user wants it; `present` when it did already. */
export type PlacedBy = SharedBy | 'present';

/**
 * Puts a library's file where the user wants it, too, verified. A file with the same content stays as it is.
 *
 * Shared blocks give the user a file of his own. A hard link gives the library's file a second name, so nobody may write
 * to it any more (its mode loses those bits), and the library's record follows the change of the inode; who writes to it
 * all the same is noticed, as in the library itself. The reasons are in docs/decisions/0021.
 *
 * @throws LoopstickError DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE, DOWNLOAD_SPACE, LIBRARY_FILE_CHANGED; the
 *   system's own errors; the signal's reason
 */
export async function placeFile(engine: Engine, job: PlaceJob, signal: AbortSignal): Promise<PlacedBy> {
  const { label, file, destination, sha256, size } = job;
  signal.throwIfAborted();
  if (await isSameFile(file, destination)) return 'present';
  const wanted = { label, destination, size, digests: { sha256 }, replace: job.replace };
  if ((await presentFile(engine, wanted, signal)) !== undefined) return 'present';
  engine.events.emit('step', { step: 'copy', detail: destination });
  await makeFolder(dirname(destination));

  const mark = Buffer.from(engine.context.random(6)).toString('hex');
  const temporary = join(dirname(destination), `.${basename(destination)}.${mark}.part`);
  const meter = new Meter(engine, 'copy', label);
  const onProgress = meter.report.bind(meter);
  const way = job.link ?? engine.settings.library.link;
  let linked: FileLook | undefined;
  try {
    // Before the file has a second name, which changes its inode.
    const before = await look(file);
    const shared = await shareFile(file, temporary, { way, size, signal, onProgress });
    if (shared.by === 'hard') {
      const isSame = (await look(temporary)).content === before.content;
      if (!isSame || !(await isIntact(engine, job, before, signal))) throw failure(LIBRARY_ERRORS.changed, { file });
      linked = before;
      // A file that had another name already may be one that the user brought, and then its mode is his.
      if (before.names === 1) await forbidWriting(file);
    } else {
      const digest = shared.sha256 ?? (await hashFile(temporary, { signal, onProgress }));
      if (digest !== sha256) throw failure(LIBRARY_ERRORS.changed, { file });
    }
    if (job.replace === true) await renameDurably(temporary, destination);
    else await renameToFreeName(temporary, destination);
    return shared.by;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    // It has come into being meanwhile. That is well if another run put the same file there.
    if ((await presentFile(engine, wanted, signal)) === undefined) throw error;
    return 'present';
  } finally {
    await rm(temporary, { force: true });
    if (linked !== undefined) await keepRecord(engine, job, linked);
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => lstat(path, { bigint: true }).catch(() => undefined)));
  return a !== undefined && b?.isFile() === true && a.ino === b.ino && a.dev === b.dev;
}
