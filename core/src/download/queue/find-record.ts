import { failure } from '../../engine/errors.ts';
import type { JobRecord } from './job-record.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';

/** The download with this id, or the only one whose id begins so. @throws LoopstickError DOWNLOAD_UNKNOWN, DOWNLOAD_AMBIGUOUS */
export function findRecord(all: readonly JobRecord[], prefix: string): JobRecord {
  const exact = all.find(({ id }) => id === prefix);
  const found = exact === undefined && prefix !== '' ? all.filter(({ id }) => id.startsWith(prefix)) : [];
  const record = exact ?? found[0];
  if (record === undefined) throw failure(QUEUE_ERRORS.unknown, { id: prefix });
  if (found.length > 1) {
    throw failure(QUEUE_ERRORS.ambiguous, { id: prefix, ids: found.map(({ id }) => id).join(', ') });
  }
  return record;
}
