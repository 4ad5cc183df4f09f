import { failure, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { AnswerFacts } from '../../engine/hooks.ts';
import type { DownloadJob } from '../job.ts';
import type { Origin } from './origin.ts';

/** Of more mirrors than these, nobody reads what was wrong with each; the others are only named. */
const MOST_TOLD = 10;

/** Every mirror that was tried, with its last error and how often it failed. */
export function allFailed({ label }: DownloadJob, origins: readonly Origin[]): LoopstickError {
  const tried = origins.flatMap(({ name, out, lastError, failed }) => {
    const error = out ?? lastError;
    if (error === undefined) return [];
    return [{ name, reason: failed > 1 ? `${error.message} (tried ${failed} times)` : error.message }];
  });
  const told = tried.slice(0, MOST_TOLD).map(({ reason }) => reason);
  const others = tried.slice(MOST_TOLD).map(({ name }) => name);
  if (others.length > 0) told.push(`These failed as well: ${others.join(', ')}.`);
  const cause = origins.find(({ lastError, out }) => (out ?? lastError) !== undefined);
  return failure(
    DOWNLOAD_ERRORS.allMirrorsFailed,
    { label, tried: told.join(' '), advice: adviceFor(origins) },
    { cause: cause?.out ?? cause?.lastError },
  );
}

/** What helps against the one thing that went wrong, or what is worth a try when it was several. */
function adviceFor(origins: readonly Origin[]): string {
  const hints = new Set(origins.flatMap(({ out, lastError }) => (out ?? lastError)?.hint ?? []));
  const [only] = hints;
  if (only !== undefined && hints.size === 1) return only;
  return 'Check the network connection and run the same command again; what was already downloaded is kept.';
}

/** All mirrors that are left ask for more patience than the job has. */
export function retryLater({ label }: DownloadJob, origins: readonly Origin[], until: Date): LoopstickError {
  const usable = origins.filter(({ out }) => out === undefined);
  const parked = usable.filter(({ host }) => host.parkedFor() > 0);
  const first = parked.sort((a, b) => a.host.parkedFor() - b.host.parkedFor())[0] ?? usable[0];
  return failure(
    DOWNLOAD_ERRORS.retryLater,
    { label, mirror: first?.name ?? 'the mirror', until: until.toISOString() },
    { cause: first?.lastError },
  );
}

/** After these, the whole file may still be had. */
export const RANGE_CODES: ReadonlySet<string> = new Set([
  DOWNLOAD_ERRORS.badRange.code,
  DOWNLOAD_ERRORS.rangeUnsatisfiable.code,
]);

/** These say that an origin has another file, at least by now. */
export const IDENTITY_CODES: ReadonlySet<string> = new Set([
  DOWNLOAD_ERRORS.differentFile.code,
  DOWNLOAD_ERRORS.changed.code,
]);

/** What the transport says of the answer that an error is about. */
export function factsOf({ cause }: LoopstickError): Partial<AnswerFacts> {
  return typeof cause === 'object' && cause !== null && 'status' in cause ? (cause as AnswerFacts) : {};
}
