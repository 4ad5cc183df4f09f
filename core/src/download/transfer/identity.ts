import { failure, type LoopstickError } from '../../engine/errors.ts';
import type { RangeResponse } from '../../engine/hooks.ts';
import { differing } from '../../verify/digests.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob } from '../job.ts';
import type { Origin } from './origin.ts';
import type { IdentityLevel } from './state.ts';
import { isWebName, isWebPage } from './web-page.ts';

/** What a request asked for; a missing end means: to the end of the file. */
export interface Ask {
  readonly start: number;
  readonly end: number | undefined;
  readonly ifRange: string | undefined;
}

/**
 * What to make of an answer:
 * - `use`: its bytes belong where it says
 * - `again`: the server does not understand the condition; ask once more with a weaker one
 * - `changed`: the file may be another one than before
 */
export type Verdict = 'use' | 'again' | 'changed';

/**
 * Compares an answer with what is known of the file, before any of its bytes is used.
 * @param size of the whole file, when it is known
 * @throws LoopstickError DOWNLOAD_SIZE_MISMATCH, DOWNLOAD_DIFFERENT_FILE, DOWNLOAD_WEB_PAGE, DOWNLOAD_BAD_RANGE: this
 *   mirror is of no use
 */
export function judge(
  origin: Origin,
  job: DownloadJob,
  size: number | undefined,
  ask: Ask,
  response: RangeResponse,
  level: IdentityLevel = 'digest',
): Verdict {
  if (response.total !== undefined) origin.saysSize = true;
  const isWhole = response.start === 0 && ask.start > 0;
  if (isWhole && ask.ifRange !== undefined) {
    // RFC 9110, 13.1.5: the condition failed. With the same validators it was not understood.
    if (origin.agrees(response) && sameSize(response, size)) return origin.distrustCondition() ? 'again' : 'use';
    return 'changed';
  }
  requireFile(origin, job, size, response);
  requireSize(origin, size, response);
  requireDigests(origin, job, response);
  if (!isWhole && response.start !== ask.start) {
    throw badRange(origin, `it starts at byte ${response.start} and not at ${ask.start}`);
  }
  const isEmptyFile = response.total === 0 && response.start === 0;
  if (response.end !== undefined && response.end <= response.start && size !== response.start && !isEmptyFile) {
    throw badRange(origin, 'it is empty');
  }
  if (!origin.agrees(response)) return 'changed';
  // Without a digest, nobody vouches for an answer to a request without a condition but the answer itself.
  const isFirst = origin.validators === undefined;
  if (level === 'validator' && !isFirst && ask.ifRange === undefined && !origin.vouches(response)) return 'changed';
  // What ignores ranges can only be read from the beginning.
  if (response.start === 0 && (ask.start > 0 || (ask.end !== undefined && (response.end ?? Infinity) > ask.end))) {
    origin.streamOnly = true;
  }
  return 'use';
}

/** Whether these first bytes of a file are a web page, which no image begins like. */
export function looksLikeWebPage(first: Uint8Array, destination: string): boolean {
  if (isWebName(destination)) return false;
  const text = Buffer.from(first.buffer, first.byteOffset, Math.min(first.length, 256)).toString('latin1');
  return /^\s*(?:\u00ef\u00bb\u00bf)?\s*<(?:!doctype\s+html|html|head|body|script|meta)\b/i.test(text);
}

export function webPage(origin: Origin): LoopstickError {
  return failure(DOWNLOAD_ERRORS.webPage, { mirror: origin.name });
}

export function badRange(origin: Origin, problem: string): LoopstickError {
  return failure(DOWNLOAD_ERRORS.badRange, { mirror: origin.name, problem });
}

export function sizeMismatch(origin: Origin, actual: number, wanted: number): LoopstickError {
  return failure(DOWNLOAD_ERRORS.sizeMismatch, { mirror: origin.name, actual, wanted });
}

export function differentFile(origin: Origin, problem: string, cause?: unknown): LoopstickError {
  return failure(DOWNLOAD_ERRORS.differentFile, { mirror: origin.name, problem }, { cause });
}

function requireFile(origin: Origin, job: DownloadJob, size: number | undefined, response: RangeResponse): void {
  if (isWebPage(response, { name: job.destination, size })) throw webPage(origin);
}

function requireSize(origin: Origin, size: number | undefined, response: RangeResponse): void {
  if (size === undefined || sameSize(response, size)) return;
  origin.otherSize = response.total;
  throw sizeMismatch(origin, response.total ?? 0, size);
}

function sameSize({ total }: RangeResponse, size: number | undefined): boolean {
  return total === undefined || size === undefined || total === size;
}

/** A header is no authority, but when it contradicts the digest that is, the bytes need not be fetched. */
function requireDigests(origin: Origin, job: DownloadJob, response: RangeResponse): void {
  const both = differing(response.digests, { ...response.digests, ...job.digests });
  if (both.length > 0) throw differentFile(origin, `the server says its ${both.join(' and ')} is another one`);
}
