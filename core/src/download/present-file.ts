import { lstat } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { algorithmsOf, differing, type Digests } from '../verify/digests.ts';
import { digestFile } from '../verify/hash.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import type { DownloadJob, DownloadResult } from './job.ts';
import { discardLeftovers } from './leftovers.ts';
import { Meter } from './meter.ts';
import type { PartLock } from './part/part-lock.ts';

export interface PresentFile {
  readonly size: number;
  readonly digests: Digests;
}

/**
 * The wanted file when it is there already; undefined when there is nothing, or something that may be replaced. Without
 * digests nothing can be known to be the wanted file.
 * @throws LoopstickError DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE; the signal's reason
 */
export async function presentFile(
  engine: Engine,
  job: Pick<DownloadJob, 'label' | 'destination' | 'size' | 'digests' | 'replace'>,
  signal: AbortSignal,
): Promise<PresentFile | undefined> {
  const { label, destination: path, digests: wanted } = job;
  const info = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (info === undefined) return undefined;
  if (!info.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
  const algorithms = algorithmsOf(wanted);
  if (algorithms.length > 0 && (job.size === undefined || job.size === info.size)) {
    const meter = new Meter(engine, 'hash', label);
    const digests = await digestFile(path, algorithms, { signal, onProgress: meter.report.bind(meter) });
    if (differing(wanted, digests).length === 0) return { size: info.size, digests };
  }
  if (job.replace === true) return undefined;
  throw failure(DOWNLOAD_ERRORS.destinationExists, { file: path, label });
}

/**
 * The same, as what a download comes to, without what a killed run may have left beside it.
 * @param lock of the part, when the caller has it
 * @throws as presentFile
 */
export async function presentDownload(
  engine: Engine,
  job: DownloadJob,
  signal: AbortSignal,
  lock?: PartLock,
): Promise<DownloadResult | undefined> {
  const present = await presentFile(engine, job, signal);
  if (present === undefined) return undefined;
  await discardLeftovers(job, engine.context, lock);
  const { size, digests } = present;
  return { path: job.destination, size, resumed: size, digests, verified: true, origins: [] };
}
