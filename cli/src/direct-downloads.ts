import {
  discardPart,
  downloadFile,
  RateLimiter,
  type DownloadJob,
  type DownloadResult,
  type Engine,
} from '@loopstick/core';

import type { Downloads, RunningDownload } from './downloading.ts';

/** Downloads of this process, without a record of them. */
export function directDownloads(engine: Engine, signal: AbortSignal): Downloads {
  const active = new Set<RunningDownload>();
  const limit = createLimit(engine.settings.downloads.simultaneous);
  const { connectionsPerDownload: perJob, connectionsPerHost: perHost, rateLimit: rate } = engine.settings.downloads;
  const limiter = new RateLimiter({ rate });

  const run = async (job: DownloadJob): Promise<DownloadResult> => {
    let stop = new AbortController();
    let attempt: Promise<unknown> = Promise.resolve();
    let goOn: (() => void) | undefined;
    const cancelled = new AbortController();
    const own: RunningDownload = {
      id: job.label,
      pause: async () => {
        stop.abort(new Error('paused'));
        await attempt.catch(() => undefined);
      },
      resume: () => {
        stop = new AbortController();
        goOn?.();
        return Promise.resolve();
      },
      cancel: async () => {
        cancelled.abort();
        await own.pause();
        await discardPart(job.destination);
      },
    };
    active.add(own);
    try {
      for (;;) {
        const options = { signal: AbortSignal.any([signal, stop.signal]), connections: { perJob, perHost }, limiter };
        const attempted = limit(() => downloadFile(engine, job, options));
        attempt = attempted;
        try {
          return await attempted;
        } catch (error) {
          if (cancelled.signal.aborted || !stop.signal.aborted) throw error;
          await new Promise<void>((resolve) => (goOn = resolve));
        }
      }
    } finally {
      active.delete(own);
    }
  };
  return {
    run,
    get active() {
      return [...active];
    },
  };
}

function createLimit(most: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await work();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
