import { setTimeout as sleep } from 'node:timers/promises';

import type { Context } from '../engine/context.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { LoopstickError } from '../engine/errors.ts';
import { mirrorName } from '../mirror/mirror-name.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import { fetchFrom } from './one-mirror.ts';
import type { Attempt, Transfer } from './transfer.ts';

/**
 * Goes round the mirrors until one of them completes the file: each takes over where the one before ended. Undefined
 * when it is complete; otherwise every attempt of the last rounds.
 */
export async function fetchFromAny(transfer: Transfer, urls: readonly string[]): Promise<Attempt[] | undefined> {
  const { part, patience, out } = transfer;
  const attempts: Attempt[] = [];
  const usable = (): string[] => urls.filter((url) => !out.has(url));

  for (let poorRounds = 0; ;) {
    const before = part.size;
    const round = usable();
    for (const [index, url] of round.entries()) {
      const error = await fetchFrom(transfer, url);
      if (error === undefined) return undefined;
      attempts.push({ url, error });
      judge(transfer, url, error);
      // A server that drops connections but delivers is better than giving up.
      const rich = part.size - before >= patience.worthwhile;
      const again = rich || poorRounds + 1 < patience.rounds ? usable()[0] : undefined;
      reportFailover(transfer, url, round[index + 1] ?? again, error);
    }
    poorRounds = part.size - before >= patience.worthwhile ? 0 : poorRounds + 1;
    if (usable().length === 0 || poorRounds >= patience.rounds) return attempts;
    await backOff(transfer, poorRounds);
  }
}

export function reportFailover(
  { engine, label }: Transfer,
  url: string,
  next: string | undefined,
  error: LoopstickError,
): void {
  const names = { mirror: mirrorName(url), next: next === undefined ? undefined : mirrorName(next) };
  engine.events.emit('failover', { label, ...names, error });
}

/** What was tried on which mirror, one sentence each, with the last error of each and how often it was tried. */
export function summarise(attempts: readonly Attempt[], out: Transfer['out']): string {
  const byMirror = new Map<string, { error: LoopstickError; count: number }>();
  for (const [url, error] of out) byMirror.set(url, { error, count: 0 });
  for (const { url, error } of attempts) byMirror.set(url, { error, count: (byMirror.get(url)?.count ?? 0) + 1 });
  return [...byMirror.values()]
    .map(({ error, count }) => (count > 1 ? `${error.message} (tried ${count} times)` : error.message))
    .join(' ');
}

// 408 and 425 ask for another try, 429 for one later; the other answers of this class will be the same again.
const PASSING_STATUS = [408, 425, 429];

/** Decides how this mirror is used from now on. */
function judge({ out, streamOnly }: Transfer, url: string, error: LoopstickError): void {
  const ranges: readonly string[] = [DOWNLOAD_ERRORS.badRange.code, DOWNLOAD_ERRORS.rangeUnsatisfiable.code];
  const final: readonly string[] = [
    DOWNLOAD_ERRORS.sizeMismatch.code,
    DOWNLOAD_ERRORS.redirect.code,
    ENGINE_ERRORS.noSuchPart.code,
    ENGINE_ERRORS.tapFailed.code,
  ];
  if (ranges.includes(error.code) && !streamOnly.has(url)) streamOnly.add(url);
  else if (ranges.includes(error.code) || final.includes(error.code) || isRefusal(error)) out.set(url, error);
}

/** An answer of the 4xx class, which a transport notes as `status` on the cause of DOWNLOAD_HTTP_STATUS. */
function isRefusal({ code, cause }: LoopstickError): boolean {
  if (code !== DOWNLOAD_ERRORS.httpStatus.code || typeof cause !== 'object' || cause === null) return false;
  const status = 'status' in cause ? cause.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 && !PASSING_STATUS.includes(status);
}

/** Full jitter: anything from nothing to the whole of a wait that doubles, so that clients do not return in step. */
async function backOff({ engine, patience, signal }: Transfer, poorRounds: number): Promise<void> {
  const longest = patience.backoffMs * 2 ** Math.max(0, poorRounds - 1);
  await sleep(longest * fraction(engine.context), undefined, { signal }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
}

function fraction(context: Context): number {
  return Buffer.from(context.random(4)).readUInt32LE() / 2 ** 32;
}
