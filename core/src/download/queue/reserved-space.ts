import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

import { roomFor } from '../space.ts';
import type { JobRecord } from './job-record.ts';

/**
 * Bytes that these downloads will still write to the file system of a folder. Those that belong to nobody, or do not
 * run, get nothing: they will ask themselves when they go on.
 * @param before of these only those that were started earlier, so that of two that do not fit together one goes on
 */
export async function reservedBy(
  records: readonly JobRecord[],
  folder: string,
  before?: { readonly id: string; readonly startedAt: Date | undefined },
): Promise<number> {
  const device = await deviceOf(folder);
  let sum = 0;
  for (const { id, owner, state, startedAt, destination, total, done } of records) {
    if (owner === undefined || (state !== 'downloading' && state !== 'verifying') || id === before?.id) continue;
    const isEarlier = rank({ id, startedAt }) < rank(before ?? { id: '', startedAt: undefined });
    if (before?.startedAt !== undefined && !isEarlier) continue;
    if ((await deviceOf(dirname(destination))) !== device) continue;
    sum += roomFor((total ?? 0) - done);
  }
  return sum;
}

function rank({ id, startedAt }: { readonly id: string; readonly startedAt: Date | undefined }): string {
  return `${String(startedAt?.getTime() ?? 0).padStart(16, '0')} ${id}`;
}

function deviceOf(folder: string): Promise<number | undefined> {
  return stat(folder).then(
    ({ dev }) => dev,
    () => undefined,
  );
}
