import { isLoopstickError, systemCode } from '../../engine/errors.ts';
import type { AnswerFacts } from '../../engine/hooks.ts';
import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { factsOf } from './failures.ts';

/** When and how often one mirror is asked again. */
export interface RetryPolicy {
  /** Tries in a row that a mirror has. */
  readonly attempts: number;
  /** Longest wait before the second try, in milliseconds. */
  readonly baseMs: number;
  /** By which the wait grows from try to try. */
  readonly factor: number;
  /** No wait is longer, in milliseconds. */
  readonly maxMs: number;
  /** HTTP answers after which another try makes sense. */
  readonly statuses: readonly number[];
}

/**
 * What an error asks for. `transient`: another try on the same mirror. `mirror`: another mirror, never this one again.
 * `permanent`: no mirror can help. `local`: nothing of the network is at fault, so nothing of it is to be tried again.
 */
export type ErrorClass = 'transient' | 'mirror' | 'permanent' | 'local';

/** By code, as far as the code alone decides. */
const CLASSES: ReadonlyMap<string, ErrorClass> = new Map<string, ErrorClass>([
  [DOWNLOAD_ERRORS.connection.code, 'transient'],
  [DOWNLOAD_ERRORS.shortBody.code, 'transient'],
  [DOWNLOAD_ERRORS.stalled.code, 'transient'],
  [DOWNLOAD_ERRORS.tooSlow.code, 'transient'],
  [ENGINE_ERRORS.tapDeadline.code, 'transient'],

  [DOWNLOAD_ERRORS.tls.code, 'mirror'],
  [DOWNLOAD_ERRORS.redirect.code, 'mirror'],
  [DOWNLOAD_ERRORS.badRange.code, 'mirror'],
  [DOWNLOAD_ERRORS.rangeUnsatisfiable.code, 'mirror'],
  [DOWNLOAD_ERRORS.sizeMismatch.code, 'mirror'],
  [DOWNLOAD_ERRORS.webPage.code, 'mirror'],
  [DOWNLOAD_ERRORS.differentFile.code, 'mirror'],
  [DOWNLOAD_ERRORS.changed.code, 'mirror'],
  [ENGINE_ERRORS.tapFailed.code, 'mirror'],
  [ENGINE_ERRORS.badOutput.code, 'mirror'],

  [DOWNLOAD_ERRORS.space.code, 'local'],
  [DOWNLOAD_ERRORS.notAFile.code, 'local'],
]);

/** Transports' errors say by their codes what they are; whatever is no LoopstickError came from work on files. */
export function classify(error: unknown, policy: Pick<RetryPolicy, 'statuses'>): ErrorClass {
  if (!isLoopstickError(error)) return 'local';
  if (error.code === DOWNLOAD_ERRORS.httpStatus.code) return classOfAnswer(factsOf(error), policy);
  // That there is no such host is an answer; everything else says that nobody answered.
  if (error.code === DOWNLOAD_ERRORS.name.code) return systemCode(error) === 'ENOTFOUND' ? 'mirror' : 'transient';
  return CLASSES.get(error.code) ?? 'permanent';
}

/**
 * Milliseconds to wait after so many failures in a row: anything up to a limit that grows by a factor, so that those
 * who failed together do not come back together.
 * @param random from 0 to 1
 */
export function backoffMs(
  failures: number,
  policy: Pick<RetryPolicy, 'baseMs' | 'factor' | 'maxMs'>,
  random: () => number,
): number {
  // Bounded, because 0 times infinity is not a number.
  const growth = Math.min(Number.MAX_VALUE, policy.factor ** Math.max(0, failures - 1));
  return random() * Math.min(policy.maxMs, policy.baseMs * growth);
}

/** Who names a time to come back at is not gone, whatever the status. */
function classOfAnswer(
  { status, retryAfterMs }: Partial<AnswerFacts>,
  { statuses }: Pick<RetryPolicy, 'statuses'>,
): ErrorClass {
  return retryAfterMs !== undefined || (status !== undefined && statuses.includes(status)) ? 'transient' : 'mirror';
}
