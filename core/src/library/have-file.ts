import { basename } from 'node:path';

import type { DownloadJob, DownloadResult } from '../download/job.ts';
import { presentDownload } from '../download/present-file.ts';
import type { Engine } from '../engine/engine.ts';
import type { LinkWay } from '../engine/settings.ts';
import { algorithmsOf } from '../verify/digests.ts';
import { findLocally } from './find-locally.ts';
import { openLibrary } from './library.ts';
import { placeFile } from './place-file.ts';

/**
 * Has the file of a job in its place without downloading it, when it is there already, or when the library or a folder
 * of the user's has it. Undefined when there is none, and for jobs that cannot be told by their SHA-256 alone.
 * @throws what presentFile, placeFile and findLocally throw
 */
export async function haveFile(
  engine: Engine,
  job: DownloadJob,
  { signal, link }: { readonly signal: AbortSignal; readonly link?: LinkWay | undefined },
): Promise<DownloadResult | undefined> {
  const there = await presentDownload(engine, job, signal);
  if (there !== undefined) return there;
  const { label, destination, digests, replace } = job;
  const { sha256 } = digests;
  if (sha256 === undefined || algorithmsOf(digests).length > 1) return undefined;
  const wish = { label, size: job.size, sha256, file: basename(destination) };
  const found = (await openLibrary(engine).find(sha256, { signal })) ?? (await findLocally(engine, wish, { signal }));
  if (found === undefined) return undefined;
  const { path: file, size } = found;
  await placeFile(engine, { label, file, size, sha256, destination, replace, link }, signal);
  return { path: destination, size, resumed: size, digests: { sha256 }, verified: true, origins: [] };
}
