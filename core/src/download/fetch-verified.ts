import { failure, type LoopstickError } from '../engine/errors.ts';
import { mirrorName } from '../mirror/mirror-name.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import { fetchFromAny, reportFailover, summarise } from './rounds.ts';
import type { Attempt, Transfer } from './transfer.ts';

/**
 * Fills the part with the file that has this digest.
 *
 * A wrong digest convicts a mirror only when it delivered the whole file. Bytes of several mirrors, or of an earlier
 * run, prove nothing against any of them: then each mirror gets one chance to deliver all of it alone.
 *
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED (the part is kept), DOWNLOAD_CHECKSUM (it is not), DOWNLOAD_SPACE;
 *   the system's own errors; the signal's reason
 */
export async function fetchVerified(transfer: Transfer, urls: readonly string[], sha256: string): Promise<void> {
  const { part } = transfer;
  const attempts = await fetchFromAny(transfer, urls);
  if (attempts === undefined && (await part.digest()) === sha256) return;
  if (attempts !== undefined && !forgetDoubtfulSize(transfer)) throw allFailed(transfer, attempts);

  const suspects = attempts === undefined ? deliverers(transfer, urls) : [];
  await fetchFromOne(transfer, urls, sha256, suspects, attempts ?? []);
}

async function fetchFromOne(
  transfer: Transfer,
  urls: readonly string[],
  sha256: string,
  suspects: readonly string[],
  attempts: Attempt[],
): Promise<void> {
  const { part, out } = transfer;
  const isMixed = part.origins.length > 1 || part.origins[0]?.mirror === undefined;
  const convicted = new Set(isMixed ? [] : suspects);
  const candidates = urls.filter((url) => !convicted.has(url) && !out.has(url));
  for (const url of suspects) reportFailover(transfer, url, candidates[0], wrong(transfer, suspects, sha256));

  for (const [index, url] of candidates.entries()) {
    await part.discard();
    if (!transfer.sizeIsSure) transfer.size = undefined;
    const failed = await fetchFromAny(transfer, [url]);
    if (failed !== undefined) {
      attempts.push(...failed);
      continue;
    }
    if ((await part.digest()) === sha256) return;
    convicted.add(url);
    reportFailover(transfer, url, candidates[index + 1], wrong(transfer, [url], sha256));
  }
  const guilty = convicted.size > 0 ? [...convicted] : suspects;
  if (guilty.length === 0) throw allFailed(transfer, attempts);
  await part.discard();
  throw wrong(transfer, guilty, sha256);
}

/**
 * When the job does not say the size, the first answer sets it, and that server may have been the wrong one: those
 * that were sent away for another size may come back. False when there are none.
 */
function forgetDoubtfulSize({ sizeIsSure, out }: Transfer): boolean {
  const victims = [...out].filter(([, { code }]) => code === DOWNLOAD_ERRORS.sizeMismatch.code);
  if (sizeIsSure || victims.length === 0) return false;
  for (const [url] of victims) out.delete(url);
  return true;
}

/** The mirrors that delivered bytes in this run; all of them when none did. */
function deliverers({ part }: Transfer, urls: readonly string[]): string[] {
  const known = part.origins.flatMap(({ mirror }) => (mirror === undefined ? [] : [mirror]));
  return [...new Set(known.length > 0 ? known : urls)];
}

function wrong({ label }: Transfer, urls: readonly string[], wanted: string): LoopstickError {
  return failure(DOWNLOAD_ERRORS.checksum, { label, mirrors: urls.map(mirrorName).join(' and '), wanted });
}

function allFailed({ label, out }: Transfer, attempts: readonly Attempt[]): LoopstickError {
  const last = attempts.at(-1)?.error;
  return failure(DOWNLOAD_ERRORS.allMirrorsFailed, { label, tried: summarise(attempts, out) }, { cause: last });
}
