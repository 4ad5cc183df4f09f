import { lstat } from 'node:fs/promises';

import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { hashFile } from '../verify/hash.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import type { DownloadJob } from './job.ts';
import { Meter } from './meter.ts';

/**
 * The size of the wanted file when it is there already; undefined when there is nothing, or something that may be
 * replaced.
 * @throws LoopstickError DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE; the signal's reason
 */
export async function presentSize(
  engine: Engine,
  job: Pick<DownloadJob, 'label' | 'destination' | 'size' | 'sha256' | 'replace'>,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { label, destination: path } = job;
  const info = await lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (info === undefined) return undefined;
  if (!info.isFile()) throw failure(DOWNLOAD_ERRORS.notAFile, { file: path });
  const meter = new Meter(engine, 'hash', label);
  const mayFit = job.size === undefined || job.size === info.size;
  if (mayFit && (await hashFile(path, { signal, onProgress: meter.report.bind(meter) })) === job.sha256) {
    return info.size;
  }
  if (job.replace === true) return undefined;
  throw failure(DOWNLOAD_ERRORS.destinationExists, { file: path, label });
}
