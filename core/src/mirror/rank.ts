import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import type { DownloadJob } from '../download/job.ts';
import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import { candidatesFrom } from './candidate.ts';
import { askStrategy } from './ranking.ts';

/**
 * The URLs of a job in the order in which the chosen strategy wants them tried.
 * @throws LoopstickError DOWNLOAD_NO_MIRRORS; the signal's reason
 */
export async function rankMirrors(engine: Engine, job: DownloadJob, signal: AbortSignal): Promise<readonly string[]> {
  const { size } = job;
  const ranked = await askStrategy(engine, candidatesFrom(job.urls), { size, remaining: size, place: {}, signal });
  const used = ranked.filter(({ use }) => use !== false).map(({ url }) => url);
  if (used.length === 0) throw failure(DOWNLOAD_ERRORS.noMirrors, { label: job.label });
  return used;
}
