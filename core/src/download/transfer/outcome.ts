import { failure, type LoopstickError } from '../../engine/errors.ts';
import { algorithmsOf, strongestOf, type HashAlgorithm } from '../../verify/digests.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob, Origin as Delivery } from '../job.ts';
import type { PieceMap } from '../part/piece-map.ts';
import type { Origin } from './origin.ts';

/** What is compared or, when there is nothing to compare, told. */
export function wantedAlgorithms({ digests }: DownloadJob): HashAlgorithm[] {
  const wanted = algorithmsOf(digests);
  return wanted.length > 0 ? wanted : ['sha256'];
}

/** These origins delivered a file that does not have its digests. */
export function wrongDigest(job: DownloadJob, origins: readonly Origin[]): LoopstickError {
  const algorithm = strongestOf(job.digests) ?? 'sha256';
  const mirrors = origins.map(({ name }) => name).join(' and ') || 'an earlier run';
  const values = { label: job.label, mirrors, algorithm, wanted: job.digests[algorithm] ?? '' };
  return failure(DOWNLOAD_ERRORS.checksum, values);
}

/** For what is learned of mirrors: the file is wrong. `others`: bytes that none of the senders sent are in it. */
export function blameSenders(origins: readonly Origin[], others: boolean): void {
  const senders = origins.filter(({ speed }) => speed.total > 0);
  for (const origin of senders) origin.blame ??= senders.length === 1 && !others ? 'alone' : 'shared';
}

/** Which mirror delivered what, in the order of the file. */
export function deliveriesOf(map: PieceMap, origins: readonly Origin[]): Delivery[] {
  const deliveries: { mirror: string | undefined; start: number; end: number }[] = [];
  for (let piece = 0; piece < map.count; piece++) {
    const mirror = origins[map.originOf(piece)]?.url;
    const last = deliveries.at(-1);
    if (last?.mirror === mirror && last !== undefined) last.end = map.endOf(piece);
    else deliveries.push({ mirror, start: map.startOf(piece), end: map.endOf(piece) });
  }
  return deliveries;
}
