import { failure, QUEUE_ERRORS, type JobRecord } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { eachDownload } from '../src/each-download.ts';

const ERRORS: Readonly<Record<string, Error>> = {
  late: failure(QUEUE_ERRORS.state, { id: 'late', from: 'completed', to: 'paused' }),
  pruned: failure(QUEUE_ERRORS.unknown, { id: 'pruned' }),
  odd: failure(QUEUE_ERRORS.jobUnreadable, { id: 'odd', label: 'odd', file: '/list' }),
  silent: failure(QUEUE_ERRORS.unanswered, { id: 'silent', label: 'silent', pid: 1 }),
};

function run(ids: readonly string[], isAll: boolean) {
  const warnings: string[] = [];
  const warn = ({ code = '' }: { readonly code?: string }): void => void warnings.push(code);
  const records = ids.map((id) => ({ id }) as JobRecord);
  const work = ({ id }: JobRecord): Promise<string> => {
    const error = ERRORS[id];
    return error === undefined ? Promise.resolve(id) : Promise.reject(error);
  };
  return { warnings, outcome: eachDownload({ warn }, records, isAll, work) };
}

describe('all downloads', () => {
  it('are those that are still as they were, and make sense', async () => {
    const { outcome, warnings } = run(['a', 'late', 'odd', 'pruned', 'b'], true);
    expect(await outcome).toEqual(['a', 'b']);
    expect(warnings).toEqual(['DOWNLOAD_JOB_UNREADABLE']);
  });

  it('hide no other error', async () => {
    await expect(run(['a', 'silent'], true).outcome).rejects.toMatchObject({ code: 'DOWNLOAD_UNANSWERED' });
  });
});

describe('downloads that are named', () => {
  it.each([
    ['late', 'DOWNLOAD_STATE'],
    ['pruned', 'DOWNLOAD_UNKNOWN'],
    ['odd', 'DOWNLOAD_JOB_UNREADABLE'],
  ])('are all wanted: %s', async (id, code) => {
    await expect(run(['a', id], false).outcome).rejects.toMatchObject({ code });
  });
});
