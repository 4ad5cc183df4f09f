import { formatBytes, type JobRecord } from '@loopstick/core';

import { percent, timeLeft } from './progress/words.ts';

/** The head of the table of downloads; what is in it, `downloadRow` says. */
export const DOWNLOAD_HEAD: readonly string[] = ['ID', 'STATE', 'DONE', 'SIZE', 'SPEED', 'LEFT', 'DOWNLOAD', 'WHY'];

export function downloadRow(record: JobRecord): string[] {
  const { id, state, done, total, speed, label, reason } = record;
  const isRunning = state === 'downloading' && speed > 0;
  return [
    id,
    state,
    total === undefined ? formatBytes(done) : `${percent(done, total)} %`,
    total === undefined ? '-' : formatBytes(total),
    isRunning ? `${formatBytes(speed)}/s` : '-',
    isRunning && total !== undefined ? timeLeft((total - done) / speed).replace(/ left$/, '') : '-',
    label,
    reason?.message ?? '',
  ];
}

/** A download for programs: as docs/json.md describes. Addresses may hold passwords, so they are left out. */
export function downloadDocument(record: JobRecord): object {
  const { id, label, state, destination, done, total, speed, received, priority, rateLimit, owner } = record;
  const { createdAt, updatedAt, startedAt, finishedAt } = record;
  const reason = record.reason && { ...record.reason, category: undefined };
  return {
    ...{ id, label, state, file: destination, done, total, speed, received, priority, rateLimit, reason },
    ...{ process: owner?.pid, createdAt, updatedAt, startedAt, finishedAt },
  };
}
