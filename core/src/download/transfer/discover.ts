import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import type { DownloadJob } from '../job.ts';
import { judge } from './identity.ts';
import type { Origin } from './origin.ts';
import { openRange } from './request.ts';
import type { IdentityLevel, TransferState } from './state.ts';

/** So many mirrors are asked at once when nobody has said how long the file is. */
const MOST_ASKED = 5;

export interface Discovery {
  /** Sizes that servers named, those that most of them agree on first. Empty when nobody knows. */
  readonly sizes: readonly number[];
  readonly level: IdentityLevel;
}

/**
 * Asks servers for one byte of the file, to learn how long it is and by what it can be told from others. HEAD would
 * do, but not everywhere, and not always truly.
 * @throws LoopstickError of the last mirror, when not one of them answered; the signal's reason
 */
export async function discover(
  state: Pick<TransferState, 'engine' | 'patience' | 'bufferSize'>,
  job: DownloadJob,
  origins: readonly Origin[],
  signal: AbortSignal,
): Promise<Discovery> {
  const hasDigest = Object.keys(job.digests).length > 0 || job.pieces !== undefined;
  if (hasDigest && job.size !== undefined) return { sizes: [job.size], level: 'digest' };
  const asked = origins.filter(({ out }) => out === undefined).slice(0, hasDigest ? MOST_ASKED : 1);
  const answers = await Promise.all(asked.map((origin) => ask(state, job, origin, signal)));
  const sizes = job.size === undefined ? byVotes(answers) : [job.size];
  if (answers.every((answer) => isLoopstickError(answer))) throw answers[0] as LoopstickError;
  if (hasDigest) return { sizes, level: 'digest' };
  const { etag, dateIsStrong } = asked[0]?.validators ?? {};
  return { sizes, level: etag !== undefined || dateIsStrong === true ? 'validator' : 'none' };
}

/** The size that it says, or why it says nothing. */
async function ask(
  state: Pick<TransferState, 'engine' | 'patience' | 'bufferSize'>,
  job: DownloadJob,
  origin: Origin,
  signal: AbortSignal,
): Promise<number | undefined | LoopstickError> {
  try {
    const request = { start: 0, end: 1, ifRange: undefined };
    const opened = await openRange(state, origin, request, signal);
    try {
      judge(origin, job, job.size, request, opened.response);
      if (opened.response.validators !== undefined) origin.learn(opened.response);
      // So that the connection can be used again; what is longer than asked for is not read.
      if (opened.response.end === 1) while ((await opened.next()) !== undefined);
      return opened.response.total;
    } finally {
      await opened.end();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!isLoopstickError(error)) throw error;
    origin.lastError = error;
    return error;
  }
}

function byVotes(answers: readonly (number | undefined | LoopstickError)[]): number[] {
  const votes = new Map<number, number>();
  for (const answer of answers) if (typeof answer === 'number') votes.set(answer, (votes.get(answer) ?? 0) + 1);
  return [...votes].sort(([, a], [, b]) => b - a).map(([size]) => size);
}
