import { setTimeout as sleep } from 'node:timers/promises';

import { isLoopstickError } from '../../engine/errors.ts';
import type { DownloadJob } from '../job.ts';
import { isVouchedFor } from '../vouched.ts';
import { allFailed, factsOf, RANGE_CODES, retryLater } from './failures.ts';
import { judge } from './identity.ts';
import type { Origin } from './origin.ts';
import { randomOf } from './random.ts';
import { openRange } from './request.ts';
import { backoffMs, classify } from './retry.ts';
import type { IdentityLevel, TransferState } from './state.ts';

/** So many mirrors are asked at once when nobody has said how long the file is. */
const MOST_ASKED = 5;
/** How long the others may take when one has answered. */
const GRACE_MS = 1_000;
/** In bytes; nobody has an image like that, and what says so lies. */
const LARGEST_FILE = 2 ** 43;
const ENOUGH: unique symbol = Symbol('somebody else has answered');

export interface Discovery {
  /** Sizes that servers named, those that most of them agree on first. Empty when nobody knows. */
  readonly sizes: readonly number[];
  readonly level: IdentityLevel;
  /** Whether an earlier run's bytes may be gone on with: without a digest, only if the file is known to be the same. */
  readonly isSame: boolean;
}

type Asker = Pick<TransferState, 'engine' | 'patience' | 'bufferSize' | 'clock'>;

/**
 * Asks servers for one byte of the file, to learn how long it is and by what it can be told from others. HEAD would
 * do, but not everywhere, and not always truly.
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED, when not one of them answered; the signal's reason
 */
export async function discover(
  state: Asker,
  job: DownloadJob,
  origins: readonly Origin[],
  signal: AbortSignal,
): Promise<Discovery> {
  const hasDigest = isVouchedFor(job);
  if (hasDigest && job.size !== undefined) return { sizes: [job.size], level: 'digest', isSame: true };
  for (;;) {
    const candidates = hasDigest ? origins.filter(({ out }) => out === undefined) : candidatesAlone(origins);
    if (candidates.length === 0) throw allFailed(job, origins);
    const asked = candidates.filter(({ host }) => host.wait() === 0).slice(0, hasDigest ? MOST_ASKED : 1);
    const answers = await askAll(state, job, asked, signal);
    const answered = asked.filter((_, index) => answers[index]?.answered === true);
    const [first] = answered;
    if (first !== undefined) {
      const sizes = job.size === undefined ? byVotes(answers) : [job.size];
      if (hasDigest) return { sizes, level: 'digest', isSame: true };
      const isSame = answers[asked.indexOf(first)]?.isSame === true;
      return { sizes, level: levelOf(first), isSame };
    }
    const waitMs = shortestWait(state, candidates);
    if (waitMs > state.patience.longestWaitMs) {
      throw retryLater(job, origins, new Date(state.engine.context.now().getTime() + waitMs));
    }
    await sleep(waitMs, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
}

/** Without a digest all bytes come from one of these: from who sent what is here, as long as he may have the rest. */
function candidatesAlone(origins: readonly Origin[]): readonly Origin[] {
  const left = origins.filter(({ out }) => out === undefined);
  const former = left.find(({ validators }) => validators !== undefined);
  return former === undefined ? left : [former];
}

/** Who asked for patience gets it; the others are asked again soon. */
function shortestWait({ patience, engine }: Asker, candidates: readonly Origin[]): number {
  const left = candidates.filter(({ out }) => out === undefined);
  if (left.length === 0) return 0;
  const waits = left.map(({ failures, host }) =>
    Math.max(host.wait(), failures === 0 ? 0 : backoffMs(failures, patience, randomOf(engine))),
  );
  return Math.min(...waits);
}

interface Answer {
  readonly answered: boolean;
  readonly size?: number | undefined;
  /** It says of the file what it said in an earlier run. */
  readonly isSame?: boolean | undefined;
}

/** Waits for the first answer, and a little longer for the others. */
async function askAll(
  state: Asker,
  job: DownloadJob,
  asked: readonly Origin[],
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: Answer[] = asked.map(() => ({ answered: false }));
  const enough = new AbortController();
  const both = AbortSignal.any([signal, enough.signal]);
  let timer: NodeJS.Timeout | undefined;
  await Promise.all(
    asked.map(async (origin, index) => {
      const answer = await ask(state, job, origin, both);
      answers[index] = answer;
      if (answer.answered) {
        timer ??= setTimeout(() => {
          enough.abort(ENOUGH);
        }, GRACE_MS);
      }
    }),
  ).finally(() => {
    clearTimeout(timer);
  });
  return answers;
}

/** What it says of the file; what it did wrong is noted on the origin. @throws the signal's reason */
async function ask(state: Asker, job: DownloadJob, origin: Origin, signal: AbortSignal): Promise<Answer> {
  const release = origin.host.open();
  try {
    return await askHost(state, job, origin, signal);
  } finally {
    release();
  }
}

async function askHost(state: Asker, job: DownloadJob, origin: Origin, signal: AbortSignal): Promise<Answer> {
  const request = { start: 0, end: origin.streamOnly ? undefined : 1, ifRange: undefined };
  try {
    const opened = await openRange(state, origin, request, signal);
    try {
      const { response } = opened;
      origin.host.answered();
      const isSame = origin.vouches(response);
      const verdict = judge(origin, job, job.size, request, response);
      // With a digest, what is here is compared with what the server has now, so nothing may vouch for it before.
      // Without one, only what this answer says counts from now on.
      if (verdict === 'changed' || !isVouchedFor(job)) origin.forget();
      if (verdict !== 'changed' || !isVouchedFor(job)) origin.learn(response);
      if (!isVouchedFor(job)) origin.pin(response.address);
      // So that the connection can be used again; what is longer than asked for is not read.
      if (response.end === 1) while ((await opened.next()) !== undefined);
      const size = (response.total ?? 0) > LARGEST_FILE ? undefined : response.total;
      return { answered: true, size, isSame: isSame && verdict !== 'changed' };
    } finally {
      await opened.end();
    }
  } catch (error) {
    if (error === ENOUGH) return { answered: false };
    signal.throwIfAborted();
    if (!isLoopstickError(error)) throw error;
    const kind = classify(error, state.patience);
    if (kind === 'local') throw error;
    const { retryAfterMs } = factsOf(error);
    if (retryAfterMs !== undefined) origin.host.park(retryAfterMs);
    origin.host.failed(kind === 'transient' ? 'transient' : 'mirror');
    origin.failed++;
    origin.lastError = error;
    // Without ranges, the length is said by an answer that is let go of at once.
    if (RANGE_CODES.has(error.code) && !origin.streamOnly) {
      origin.streamOnly = true;
      return await askHost(state, job, origin, signal);
    }
    origin.failures++;
    if (kind !== 'transient' || origin.failures >= state.patience.attempts) origin.out = error;
    return { answered: false };
  }
}

function levelOf({ validators }: Origin): IdentityLevel {
  return validators?.etag !== undefined || validators?.dateIsStrong === true ? 'validator' : 'none';
}

function byVotes(answers: readonly Answer[]): number[] {
  const votes = new Map<number, number>();
  for (const { size } of answers) if (size !== undefined) votes.set(size, (votes.get(size) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a).map(([size]) => size);
}
