import { rm } from 'node:fs/promises';
import { join } from 'node:path';

import { Meter } from '../download/meter.ts';
import { renameDurably, renameToFreeName } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import type { LinkWay } from '../engine/settings.ts';
import type { KnownFile } from './digest-cache.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';
import { INCOMING, plainName } from './library-names.ts';
import { ignoreMissing, makeRoom, openLibrary, type LibraryFile } from './library.ts';
import { shareFile, type SharedBy } from './share.ts';
import { look } from './stamp.ts';

export interface BringOptions {
  /** What it will be called in the library. */
  readonly file: string;
  /** Id of the image that it is, when a catalog says so. */
  readonly image?: string | undefined;
  /** Default: the setting `library.link`. */
  readonly link?: LinkWay | undefined;
  /** The library was asked for it a moment ago and has nothing, or something else in its place. */
  readonly absent?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface BroughtFile extends LibraryFile {
  /** `present` when the library had it. */
  readonly by: SharedBy | 'present';
}

/**
 * Takes a file of the user's into the library, without changing anything about it but, with a hard link, its number of
 * names. It has to be a regular file, and no link to one. Several processes may do this with the same file.
 * @throws LoopstickError LIBRARY_SOURCE_CHANGED, DOWNLOAD_SPACE; the system's own errors; the signal's reason
 */
export async function bringIn(engine: Engine, source: KnownFile, options: BringOptions): Promise<BroughtFile> {
  const { sha256, path } = source;
  const { signal, image } = options;
  const library = openLibrary(engine);
  const file = plainName(options.file);
  const present = options.absent === true ? undefined : await library.find(sha256, { signal });
  if (present !== undefined) return { ...present, by: 'present' };
  const destination = library.pathFor(sha256, file);
  const wrong = await look(destination).catch(ignoreMissing);

  const incoming = join(library.folder, INCOMING);
  await makeFolder(incoming);
  const temporary = join(incoming, Buffer.from(engine.context.random(8)).toString('hex'));
  const meter = new Meter(engine, 'copy', file);
  const onProgress = meter.report.bind(meter);
  const way = options.link ?? engine.settings.library.link;
  try {
    const { size } = source.look;
    const shared = await shareFile(path, temporary, { way, size, signal, onProgress });
    if (!(await isAsKnown(source, temporary, shared.by, shared.sha256))) {
      throw failure(LIBRARY_ERRORS.source, { file: path });
    }
    await makeRoom(destination);
    await renameToFreeName(temporary, destination).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
      const now = await look(destination).catch(ignoreMissing);
      // Unless another process was faster, it is what was found to be something else.
      const isWrong = now?.stamp === wrong?.stamp || (await library.find(sha256, { signal })) === undefined;
      if (isWrong) await renameDurably(temporary, destination);
    });
    return { ...(await library.adopt(sha256, file, image)), by: shared.by };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Whether what has arrived is what was hashed: by its own bytes, or because the source has not changed since. */
async function isAsKnown(source: KnownFile, arrived: string, by: SharedBy, sha256?: string): Promise<boolean> {
  if (sha256 !== undefined) return sha256 === source.sha256;
  // A second name changes the inode, and tells of itself whether it is the file that was meant.
  if (by === 'hard') return (await look(arrived)).content === source.look.content;
  return (await look(source.path)).stamp === source.look.stamp;
}
