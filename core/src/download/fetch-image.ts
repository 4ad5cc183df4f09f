import { rm } from 'node:fs/promises';
import { basename, resolve } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { findLocally } from '../library/find-locally.ts';
import { makeRoom, openLibrary, type LibraryFile } from '../library/library.ts';
import { listedImage } from '../mirror/listed-image.ts';
import { downloadFile } from './download.ts';
import type { DownloadJob, DownloadOptions, DownloadResult, Origin } from './job.ts';

/** What is needed of a catalog's image to have its file. */
export interface FetchableImage {
  readonly id: string;
  /** The file's name at the vendor. */
  readonly file: string;
  readonly urls: readonly string[];
  readonly size?: number | undefined;
  readonly sha256: string;
}

export interface FetchedImage extends LibraryFile {
  /** True when nothing had to be downloaded. */
  readonly fromLibrary: boolean;
  /** Which mirror delivered what in this run. */
  readonly origins: readonly Origin[];
}

/**
 * The verified file of an image: from the library, from a folder that it is told to search, or downloaded into it.
 * @param options.prove shows more of the file than its checksum; what was downloaded stays only if it does not throw
 * @param download how: at once by this process, if nothing else is said
 * @throws what downloadFile, findLocally and `prove` throw
 */
export async function fetchImage(
  engine: Engine,
  image: FetchableImage,
  options: DownloadOptions & { readonly prove?: ((file: string) => Promise<void>) | undefined },
  download: (job: DownloadJob) => Promise<DownloadResult> = (job) => downloadFile(engine, job, options),
): Promise<FetchedImage> {
  const library = openLibrary(engine);
  const found = await library.find(image.sha256, options);
  if (found !== undefined) {
    await options.prove?.(found.path);
    return { ...found, fromLibrary: true, origins: [] };
  }

  const { id: label, file, urls, size, sha256 } = image;
  const local = await findLocally(engine, { label, file, size, sha256 }, options);
  if (local !== undefined) {
    await options.prove?.(local.path);
    return { ...local, fromLibrary: true, origins: [] };
  }

  const destination = library.pathFor(sha256, file);
  await makeRoom(destination);
  // A file in this place has just been found to be something else.
  const job = { label, urls, image: listedImage(image), size, digests: { sha256 }, destination, replace: true };
  const { origins } = await download(job);
  try {
    await options.prove?.(destination);
  } catch (error) {
    // Whoever stops meanwhile has nothing against it.
    if (!options.signal.aborted) await rm(destination, { force: true });
    throw error;
  }
  return { ...(await library.adopt(sha256, file, label)), fromLibrary: false, origins };
}

/**
 * Records a file of the library that was downloaded after whoever wanted it had gone; a file in another place is none of
 * it. To be called when the download is completed, and so verified.
 * @throws the system's own errors
 */
export async function adoptDownloaded(engine: Engine, job: DownloadJob): Promise<void> {
  const { label, image, digests, destination } = job;
  if (digests.sha256 === undefined) return;
  const library = openLibrary(engine);
  const file = basename(destination);
  if (resolve(library.pathFor(digests.sha256, file)) !== destination) return;
  await library.adopt(digests.sha256, file, image?.id ?? label);
}
