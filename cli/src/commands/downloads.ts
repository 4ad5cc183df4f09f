import {
  DOWNLOAD_STATES,
  failure,
  formatBytes,
  isFinal,
  openDownloads,
  type Downloads,
  type DownloadState,
  type JobRecord,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { DOWNLOAD_HEAD, downloadDocument, downloadRow } from '../output/download-words.ts';
import { table } from '../output/table.ts';
import { watchDownloads } from '../output/watch-downloads.ts';
import type { Session } from '../session.ts';

const UNFINISHED = DOWNLOAD_STATES.filter((state) => !isFinal(state));

export async function downloadsList(
  session: Session,
  _args: readonly string[],
  { all = false, watch = false }: { readonly all?: boolean; readonly watch?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const states = all ? undefined : UNFINISHED;
  await withRecords(session, async (downloads) => {
    if (watch) {
      await watchDownloads(downloads, terminal, signal, states);
      return;
    }
    const found = await downloads.list({ states });
    terminal.document(found.map(downloadDocument));
    if (found.length === 0) terminal.note(emptyList(all));
    else for (const line of table(DOWNLOAD_HEAD, found.map(downloadRow))) terminal.data(line);
  });
}

export async function downloadsStats(session: Session): Promise<void> {
  const { terminal } = session;
  await withRecords(session, async (downloads) => {
    const stats = await downloads.stats();
    terminal.document(stats);
    const counts = Object.entries(stats.downloads).map(([state, count]) => `${count} ${state}`);
    terminal.data(`Downloads: ${counts.join(', ') || 'none'}`);
    const speed = stats.meanSpeed === undefined ? '' : `, ${formatBytes(stats.meanSpeed)}/s on average`;
    terminal.data(`Received: ${formatBytes(stats.bytes)}${speed}`);
    if (stats.failures.length > 0) {
      terminal.data('');
      const rows = stats.failures.map(({ code, count }) => [code, count]);
      for (const line of table(['STOPPED BY', 'TIMES'], rows)) terminal.data(line);
    }
    if (stats.mirrors.length > 0) {
      terminal.data('');
      const rows = stats.mirrors.map(({ mirror, downloads: count, bytes, failures }) => {
        const causes = Object.entries(failures).map(([code, times]) => `${times} ${code}`);
        return [mirror, count, formatBytes(bytes), causes.join(', ') || '-'];
      });
      for (const line of table(['MIRROR', 'DOWNLOADS', 'RECEIVED', 'FAILURES'], rows)) terminal.data(line);
    }
  });
}

export async function downloadsPrune(
  session: Session,
  _args: readonly string[],
  { olderThan }: { readonly olderThan: string },
): Promise<void> {
  const { terminal } = session;
  const olderThanMs = ageOf(olderThan);
  await withRecords(session, async (downloads) => {
    const { records, parts } = await downloads.prune({ olderThanMs });
    terminal.document({ records, parts });
    terminal.data(`Forgotten: ${records === 1 ? '1 download' : `${records} downloads`}; parts removed: ${parts}.`);
  });
}

/**
 * Does something with what is recorded of downloads; without a record there is nothing to do.
 * @param signal ends the waiting for other processes, and pauses downloads of this one
 */
export async function withRecords<T>(
  session: Session,
  work: (downloads: Downloads) => Promise<T>,
  signal: AbortSignal | undefined = session.signal,
): Promise<T> {
  const engine = await session.engine();
  const downloads = await openDownloads(engine, { recordsNeeded: true, signal });
  try {
    return await work(downloads);
  } finally {
    await downloads.close();
  }
}

/** Those that are named; with `all`, those in one of these states. */
export async function chosen(
  downloads: Downloads,
  words: readonly string[],
  states: readonly DownloadState[],
): Promise<JobRecord[]> {
  if (words.includes('all')) return [...(await downloads.list({ states }))];
  const records: JobRecord[] = [];
  for (const word of words) {
    const record = await downloads.get(word);
    if (!records.some(({ id }) => id === record.id)) records.push(record);
  }
  return records;
}

function emptyList(all: boolean): string {
  return all ? 'There are no downloads.' : 'There are no unfinished downloads. "--all" lists those that are over, too.';
}

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** `30d`, `12h`: in milliseconds. */
function ageOf(value: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhdw])$/.exec(value.trim()) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? NaN);
  if (Number.isFinite(ms) && count !== '') return ms;
  const problem = 'it is not a time such as 30d or 12h';
  throw failure(CLI_ERRORS.badValue, { option: '--older-than', value, problem, command: 'loopstick downloads prune' });
}
