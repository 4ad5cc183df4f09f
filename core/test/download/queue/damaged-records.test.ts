/** What the list of downloads may hold that this program did not write, and what it may hold no longer. */
import { existsSync } from 'node:fs';

import { describe, expect, test, vi } from 'vitest';

import type { Database } from '../../../src/download/queue/database.ts';
import { openState, stateFile } from '../../../src/download/queue/open-store.ts';
import { createRoom, FakeDownloader, jobFor, open, type Room } from './support.ts';

const SECRET = 'http://user:pw-of-mine@m.example/a.iso?token=mine';
/** A job that was made from the catalog has its addresses twice. */
const WITH_SECRETS = {
  urls: [SECRET],
  image: {
    ...{ id: 'test/1/live/x86_64', distribution: 'test', version: '1', variant: 'live', arch: 'x86_64' },
    ...{ file: 'a.iso', urls: [SECRET] },
  },
};

/** Does something to the database behind the queue's back. */
async function withDatabase<T>(room: Room, work: (database: Database) => T): Promise<T> {
  const database = await openState(room.engine);
  try {
    return work(database);
  } finally {
    database.close();
  }
}

describe('an entry that makes no sense', () => {
  test('is left out with one warning, and stops no download', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const odd = await downloads.add(jobFor(room, 'odd'));
    await downloads.pause(odd.id);
    const other = await open(room);
    await withDatabase(room, (database) => database.write((run) => run("UPDATE jobs SET state = 'melting'")));
    expect(await other.list()).toEqual([]);
    expect(await other.list()).toEqual([]);
    expect(room.warnings).toEqual(['DOWNLOAD_RECORD_UNREADABLE']);

    const handle = await downloads.add(jobFor(room, 'a'));
    const run = await fake.at(1);
    expect(await run.options.freeSpace?.(room.folder)).toBeGreaterThan(0);
    run.finish();
    expect((await handle.outcome()).state).toBe('completed');
  });
});

describe('an entry in a state that is unknown', () => {
  test('is forgotten by pruning, counts in no statistics, and its part stays', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const first = await open(room, { run: fake.run });
    const [odd, good] = [await first.add(jobFor(room, 'odd')), await first.add(jobFor(room, 'good'))];
    await first.close();
    await withDatabase(room, (database) =>
      database.write((run) => run("UPDATE jobs SET state = 'melting' WHERE id = ?", odd.id)),
    );
    const other = await open(room, { run: fake.run });
    expect((await other.stats()).downloads).toEqual({ paused: 1 });
    expect(await other.prune({ olderThanMs: 3_600_000 })).toEqual({ records: 0, parts: 0 });
    expect(await other.prune({ olderThanMs: -1 })).toEqual({ records: 1, parts: 0 });
    expect(existsSync(`${odd.destination}.part`)).toBe(true);
    const third = await open(room);
    const before = room.warnings.length;
    expect((await third.list()).map(({ id }) => id)).toEqual([good.id]);
    expect(room.warnings.slice(before)).toEqual([]);
  });
});

test('a size that cannot be is an unknown one', async () => {
  const room = await createRoom();
  const fake = new FakeDownloader();
  const downloads = await open(room, { run: fake.run });
  await downloads.add(jobFor(room, 'a'));
  await downloads.close();
  await withDatabase(room, (database) => database.write((run) => run('UPDATE jobs SET total = -5, done = -7')));
  expect(await (await open(room)).list()).toMatchObject([{ total: undefined, done: 0 }]);
});

describe('an entry that does not say what to download', () => {
  test('cannot be resumed, names the list, and can be begun again or cancelled', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const first = await open(room, { run: fake.run });
    const [a, b] = [await first.add(jobFor(room, 'a')), await first.add(jobFor(room, 'b'))];
    await first.close();
    await withDatabase(room, (database) => database.write((run) => run("UPDATE jobs SET spec = '{not json'")));
    const other = await open(room, { run: fake.run });
    const message = expect.stringContaining(stateFile(room.engine)) as string;
    await expect(other.resume(a.id)).rejects.toMatchObject({ code: 'DOWNLOAD_JOB_UNREADABLE', message });
    expect((await other.get(a.id)).state).toBe('paused');
    expect((await other.add(jobFor(room, 'a'))).id).toBe(a.id);
    expect((await other.cancel(b.id)).state).toBe('cancelled');
  });
});

describe('passwords in addresses', () => {
  const specs = (room: Room): Promise<unknown[]> =>
    withDatabase(room, (database) => database.all('SELECT state, spec FROM jobs'));

  test.each(['completed', 'cancelled'])('are forgotten when the download is %s', async (state) => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a', WITH_SECRETS));
    const run = await fake.at(0);
    expect(JSON.stringify(await specs(room))).toContain('pw-of-mine');
    if (state === 'completed') run.finish();
    else await handle.cancel();
    expect((await handle.outcome()).state).toBe(state);
    expect(await specs(room)).toMatchObject([{ state, spec: expect.not.stringMatching(/pw-of-mine|token/) as string }]);
  });

  test('are forgotten when somebody else cancels it, and kept as long as it may go on', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const first = await open(room, { run: fake.run });
    const { id } = await first.add(jobFor(room, 'a', WITH_SECRETS));
    await first.close();
    expect(JSON.stringify(await specs(room))).toContain('pw-of-mine');
    await (await open(room)).cancel(id);
    expect(JSON.stringify(await specs(room))).not.toContain('pw-of-mine');
  });
});

describe('on a machine for which there is no libsql', () => {
  test('downloads run with one warning, and only those who want to know the list are refused', async () => {
    vi.doMock('libsql', () => {
      throw new Error("Cannot find module '@libsql/any-platform'");
    });
    try {
      const room = await createRoom();
      const fake = new FakeDownloader();
      const downloads = await open(room, { run: fake.run });
      const handle = await downloads.add(jobFor(room, 'a'));
      await downloads.pause(handle.id);
      expect(await downloads.list()).toMatchObject([{ label: 'a', state: 'paused' }]);
      await handle.resume();
      (await fake.at(1)).finish();
      expect((await handle.outcome()).state).toBe('completed');
      expect(await downloads.prune({ olderThanMs: 0 })).toEqual({ records: 0, parts: 0 });
      expect(await downloads.stats()).toMatchObject({ bytes: 0 });
      await downloads.close();
      expect(room.warnings).toEqual(['DOWNLOAD_STATE_NO_SQLITE']);
      await expect(open(room, { recordsNeeded: true })).rejects.toMatchObject({ code: 'DOWNLOAD_STATE_NO_SQLITE' });
    } finally {
      vi.doUnmock('libsql');
    }
  });
});
