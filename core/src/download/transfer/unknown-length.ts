import { setTimeout as sleep } from 'node:timers/promises';

import { failure, isLoopstickError } from '../../engine/errors.ts';
import { differing } from '../../verify/digests.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob } from '../job.ts';
import { lengthOf } from '../part/part-file.ts';
import { bufferSize } from './buffers.ts';
import { digestPart } from './digest-part.ts';
import { allFailed, factsOf, retryLater } from './failures.ts';
import type { FillOptions, Filled } from './fill.ts';
import { looksLikeWebPage, webPage } from './identity.ts';
import type { Origin } from './origin.ts';
import { blameSenders, wrongDigest } from './outcome.ts';
import { randomOf } from './random.ts';
import { Reporter } from './reporter.ts';
import { openRange } from './request.ts';
import { backoffMs, classify } from './retry.ts';
import type { TransferState } from './state.ts';

const REPORT_MS = 250;

/**
 * Fills a part with a file of which no server says how long it is.
 * @throws LoopstickError DOWNLOAD_CHECKSUM and what fetching throws
 */
export async function fillUnknownLength(
  options: FillOptions,
  origins: readonly Origin[],
  reporter: Reporter = new Reporter(options.job.label, 0, options.clock, options.onReport),
): Promise<Filled> {
  const { engine, job, part, patience, limiter, clock, signal } = options;
  const state = { engine, patience, limiter, part, clock, bufferSize: () => bufferSize(limiter, 1) };
  let reported = Number.NEGATIVE_INFINITY;
  const size = await fetchUnknownLength(state, job, origins, signal, (done) => {
    if (clock() - reported < REPORT_MS) return;
    reported = clock();
    for (const { speed } of origins) speed.sample();
    reporter.report(done, undefined, done, origins);
  });
  options.onVerify();
  const digests = await digestPart(options);
  const source = origins.find(({ speed }) => speed.total > 0);
  if (differing(job.digests, digests).length > 0) {
    blameSenders(origins, false);
    await part.truncate(0);
    throw wrongDigest(job, source === undefined ? origins : [source]);
  }
  return { size, resumed: 0, digests, origins: [{ mirror: source?.url, start: 0, end: size }] };
}

type StreamState = Pick<TransferState, 'engine' | 'patience' | 'bufferSize' | 'limiter' | 'part' | 'clock'>;

/**
 * Fetches a file of which no server says how long it is: as one stream, from its beginning to where the server ends it.
 * A connection that breaks off has delivered nothing that could be gone on with.
 * @returns its size in bytes
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED; the system's own errors of the disk; the signal's reason
 */
async function fetchUnknownLength(
  state: StreamState,
  job: DownloadJob,
  origins: readonly Origin[],
  signal: AbortSignal,
  onProgress: (done: number) => void,
): Promise<number> {
  const waitOf = ({ host, notBefore }: Origin): number => Math.max(host.wait(), notBefore - state.clock());
  for (;;) {
    const left = origins.filter(({ out }) => out === undefined);
    // It comes from one of them as a whole, so nobody is waited for while another one is free.
    const origin = left.find((one) => waitOf(one) <= 0) ?? left.sort((a, b) => waitOf(a) - waitOf(b))[0];
    if (origin === undefined) throw allFailed(job, origins);
    const waitMs = waitOf(origin);
    if (waitMs > state.patience.longestWaitMs) {
      throw retryLater(job, origins, new Date(state.engine.context.now().getTime() + waitMs));
    }
    if (waitMs > 0) {
      await sleep(waitMs, undefined, { signal }).catch(() => {
        signal.throwIfAborted();
      });
      continue;
    }
    const release = origin.host.open();
    origin.connections = 1;
    try {
      return await stream(state, job, origin, signal, onProgress);
    } catch (error) {
      signal.throwIfAborted();
      const kind = classify(error, state.patience);
      if (kind === 'local' || !isLoopstickError(error)) throw error;
      origin.host.failed(kind === 'transient' ? 'transient' : 'mirror');
      origin.failed++;
      origin.failures++;
      origin.lastError = error;
      if (kind !== 'transient' || origin.failures >= state.patience.attempts) origin.out = error;
      const { retryAfterMs } = factsOf(error);
      if (retryAfterMs !== undefined) origin.host.park(retryAfterMs);
      origin.notBefore = state.clock() + backoffMs(origin.failures, state.patience, randomOf(state.engine));
    } finally {
      origin.connections = 0;
      release();
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
    origin.host.answered();
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
