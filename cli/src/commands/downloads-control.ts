import {
  adoptDownloaded,
  formatBytes,
  isLoopstickError,
  messageOf,
  type Downloads,
  type JobRecord,
} from '@loopstick/core';

import { rateOf } from '../amount-options.ts';
import { RunningDownloads } from '../downloading.ts';
import { eachDownload } from '../each-download.ts';
import { downloadDocument } from '../output/download-words.ts';
import { showProgress } from '../output/progress.ts';
import { whilePausable } from '../pausing.ts';
import type { Session } from '../session.ts';
import { chosen, withRecords } from './downloads.ts';

export async function downloadsPause(session: Session, words: readonly string[]): Promise<void> {
  await withRecords(session, async (downloads) => {
    const records = await chosen(downloads, words, ['queued', 'downloading', 'verifying']);
    tell(session, 'Paused', await each(session, words, records, ({ id }) => downloads.pause(id)));
  });
}

export async function downloadsCancel(session: Session, words: readonly string[]): Promise<void> {
  await withRecords(session, async (downloads) => {
    const records = await chosen(downloads, words, ['queued', 'downloading', 'verifying', 'paused']);
    tell(session, 'Cancelled', await each(session, words, records, ({ id }) => downloads.cancel(id)));
  });
}

/** Lets the processes go on that have the downloads; what belongs to none is downloaded here and now. */
export async function downloadsResume(session: Session, words: readonly string[]): Promise<void> {
  const engine = await session.engine();
  // A signal pauses them through whilePausable, which says what to do next.
  const own = new AbortController().signal;
  await withRecords(
    session,
    async (downloads) => {
      const records = await chosen(downloads, words, ['paused']);
      if (records.length === 0) session.terminal.note('Nothing is paused.');
      const stop = showProgress(engine.events, session.terminal);
      try {
        const resumed = await each(session, words, records, ({ id }) => downloads.resume(id));
        for (const { record, handle } of resumed) {
          const { id, label, owner, state } = record;
          if (handle !== undefined) continue;
          const outcome =
            owner === undefined ? `${label} (${id}) is ${state}` : `Process ${owner.pid} goes on with ${label}`;
          session.terminal.note(`${outcome}.`);
        }
        const running = new RunningDownloads(engine, (job) => downloads.add(job));
        const follow = async ({ record: { job }, handle }: (typeof resumed)[number]): Promise<void> => {
          if (handle === undefined) return;
          await running.follow(handle);
          if (job !== undefined) await adoptDownloaded(engine, job);
        };
        const work = Promise.allSettled(resumed.map(follow));
        const outcomes = await whilePausable(session, running, work);
        stop();
        const ended = await Promise.all(resumed.map(({ record }) => downloads.get(record.id)));
        const failures = outcomes.flatMap((outcome) =>
          outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
        );
        tellOthers(session, failures);
        if (failures.length > 0) throw failures[0];
        session.terminal.document(ended.map(downloadDocument));
        for (const { destination } of ended.filter(({ state }) => state === 'completed')) {
          session.terminal.data(destination);
        }
      } finally {
        stop();
      }
    },
    own,
  );
}

export async function downloadsLimit(session: Session, words: readonly string[]): Promise<void> {
  const [value = ''] = words;
  const rate = value === 'off' ? undefined : rateOf(value, 'RATE', 'loopstick downloads limit', ', and not "off"');
  await withRecords(session, async (downloads: Downloads) => {
    const processes = await downloads.setRateLimit(rate, { everywhere: true });
    session.terminal.document({ rate, processes });
    if (processes === 0) {
      session.terminal.note(
        'Nothing is being downloaded. For later: "--limit-rate", or "downloads.rateLimit" in the settings.',
      );
      return;
    }
    const limit = rate === undefined ? 'as fast as it goes' : `at most ${formatBytes(rate)}/s`;
    session.terminal.data(
      `${processes === 1 ? '1 process downloads' : `${processes} processes download`} ${limit} now.`,
    );
  });
}

function each<T>(
  { terminal }: Session,
  words: readonly string[],
  records: readonly JobRecord[],
  work: (record: JobRecord) => Promise<T>,
): Promise<T[]> {
  return eachDownload(terminal, records, words.includes('all'), work);
}

function tell({ terminal }: Session, verb: string, records: readonly JobRecord[]): void {
  terminal.document(records.map(downloadDocument));
  for (const { id, label } of records) terminal.data(`${verb} ${id} ${label}`);
  if (records.length === 0) terminal.note('There is no such download.');
}

/** All but the first, which is thrown. */
function tellOthers({ terminal }: Session, [, ...others]: readonly unknown[]): void {
  for (const other of others) terminal.warn(isLoopstickError(other) ? other : { message: messageOf(other), hint: '' });
}
