import { DOWNLOAD_ERRORS } from '../download/download-errors.ts';
import type { DownloadJob } from '../download/job.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../engine/errors.ts';
import type { RankedMirror } from '../engine/hooks.ts';
import { mirrorName } from './mirror-name.ts';

/**
 * The URLs of a job in the order in which the chosen strategy wants them tried. A strategy that fails costs only its
 * advice: a warning is emitted and the order of the source is used.
 * @throws LoopstickError DOWNLOAD_NO_MIRRORS; the signal's reason
 */
export async function rankMirrors(engine: Engine, job: DownloadJob, signal: AbortSignal): Promise<readonly string[]> {
  const urls = [...new Set(job.urls)];
  const ranked = await askStrategy(engine, urls, job.size, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    engine.events.emit('warning', isLoopstickError(error) ? error : lost(engine, messageOf(error), error));
    return urls;
  });
  if (ranked.length === 0) throw failure(DOWNLOAD_ERRORS.noMirrors, { label: job.label });
  return ranked;
}

async function askStrategy(
  engine: Engine,
  urls: readonly string[],
  size: number | undefined,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const strategy = await engine.mirrorStrategy(engine.settings.mirrors.strategy);
  const candidates = urls.map((url, position) => ({ url, position }));
  // What a plugin returns may be anything.
  const ranked: unknown = await strategy.rank(candidates, { size, signal });
  if (!Array.isArray(ranked)) throw lost(engine, 'not a list of mirrors');
  const answer = ranked.map((mirror: Partial<RankedMirror> | null) => mirror?.url);
  return [...new Set(answer)].map((url) => {
    if (typeof url === 'string' && urls.includes(url)) return url;
    const what = typeof url === 'string' ? mirrorName(url) : 'an entry without a URL';
    throw lost(engine, `${what} is not one of the mirrors it was given`);
  });
}

function lost(engine: Engine, problem: string, cause?: unknown): LoopstickError {
  const hook = `mirrorStrategies/${engine.settings.mirrors.strategy}`;
  return failure(ENGINE_ERRORS.badOutput, { plugin: engine.settings.mirrors.strategy, hook, problem }, { cause });
}
