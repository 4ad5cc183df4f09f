import { lstat } from 'node:fs/promises';

import type { Engine } from '../../engine/engine.ts';
import { failure, systemCode } from '../../engine/errors.ts';
import { algorithmsOf } from '../../verify/digests.ts';
import { digestFile } from '../../verify/hash.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob, DownloadResult } from '../job.ts';
import { presentFile } from '../present-file.ts';

/**
 * What another process has just downloaded for the same job, when it is what this one wants; undefined when it is not
 * there any more. Nothing is fetched. Without digests there is nothing to compare it with: it came from the same
 * addresses, which is all that was asked for.
 * @throws LoopstickError DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE; the signal's reason
 */
export async function confirmPresent(
  engine: Engine,
  job: DownloadJob,
  signal: AbortSignal,
): Promise<DownloadResult | undefined> {
  const { destination: path } = job;
  const isKnown = algorithmsOf(job.digests).length > 0;
  const present = isKnown ? await presentFile(engine, job, signal) : await digestsOf(path, signal);
  if (present === undefined) return undefined;
  const { size, digests } = present;
  return { path, size, resumed: size, digests, verified: isKnown, origins: [] };
}

async function digestsOf(
  path: string,
  signal: AbortSignal,
): Promise<Pick<DownloadResult, 'size' | 'digests'> | undefined> {
  try {
    const info = await lstat(path);
    if (!info.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
    const { size } = info;
    return { size, digests: await digestFile(path, ['sha256'], { signal }) };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
