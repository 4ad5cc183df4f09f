import { setTimeout as sleep } from 'node:timers/promises';

import { failure, isLoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob } from '../job.ts';
import { lengthOf } from '../part/part-file.ts';
import { allFailed, factsOf, retryLater } from './failures.ts';
import { looksLikeWebPage, webPage } from './identity.ts';
import type { Origin } from './origin.ts';
import { randomOf } from './random.ts';
import { openRange } from './request.ts';
import { backoffMs, classify } from './retry.ts';
import type { TransferState } from './state.ts';

type StreamState = Pick<TransferState, 'engine' | 'patience' | 'bufferSize' | 'limiter' | 'part' | 'clock'>;

/**
 * Fetches a file of which no server says how long it is: as one stream, from its beginning to where the server ends it.
 * A connection that breaks off has delivered nothing that could be gone on with.
 * @returns its size in bytes
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED; the system's own errors of the disk; the signal's reason
 */
export async function fetchUnknownLength(
  state: StreamState,
  job: DownloadJob,
  origins: readonly Origin[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<number> {
  for (;;) {
    const origin = origins.find(({ out }) => out === undefined);
    if (origin === undefined) throw allFailed(job, origins);
    try {
      return await stream(state, job, origin, signal, onProgress);
    } catch (error) {
      signal.throwIfAborted();
      const kind = classify(error, state.patience);
      if (kind === 'local' || !isLoopstickError(error)) throw error;
      origin.failed++;
      origin.failures++;
      origin.lastError = error;
      if (kind !== 'transient' || origin.failures >= state.patience.attempts) {
        origin.out = error;
        continue;
      }
      const { retryAfterMs } = factsOf(error);
      if (retryAfterMs !== undefined) origin.host.park(retryAfterMs);
      const pause = backoffMs(origin.failures, state.patience, randomOf(state.engine));
      const waitMs = Math.max(origin.host.parkedFor(), pause);
      if (waitMs > state.patience.longestWaitMs) {
        throw retryLater(job, origins, new Date(state.engine.context.now().getTime() + waitMs));
      }
      await sleep(waitMs, undefined, { signal }).catch(() => {
        signal.throwIfAborted();
      });
    }
  }
}

async function stream(
  state: StreamState,
  job: DownloadJob,
  origin: Origin,
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<number> {
  const { part, limiter } = state;
  await part.truncate(0);
  const request = await openRange(state, origin, { start: 0, end: undefined, ifRange: undefined }, signal);
  try {
    const { response } = request;
    let at = 0;
    for (let batch = await request.next(); batch !== undefined; batch = await request.next()) {
      if (at === 0 && batch[0] !== undefined && looksLikeWebPage(batch[0], job.destination)) throw webPage(origin);
      await part.write(batch, at);
      const length = lengthOf(batch);
      at += length;
      origin.speed.add(length);
      onProgress(at);
      if (limiter.limited) await limiter.take(length, signal);
    }
    if (response.total !== undefined && response.total !== at) {
      throw failure(DOWNLOAD_ERRORS.shortBody, { mirror: origin.name, actual: at, wanted: response.total });
    }
    return at;
  } finally {
    await request.end();
  }
}
