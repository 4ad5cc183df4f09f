/** Downloads do not depend on their record: not on a full disk, and not where nothing can be written. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openDatabase, type Database } from '../../../src/download/queue/database.ts';
import { DownloadQueue } from '../../../src/download/queue/download-queue.ts';
import { openMemory, openState, stateFile } from '../../../src/download/queue/open-store.ts';
import { thisProcess } from '../../../src/engine/process-identity.ts';
import { createRoom, FakeDownloader, jobFor, open } from './support.ts';

describe('without a place for the database', () => {
  test('downloads run all the same, with one warning', async () => {
    const room = await createRoom();
    const state = dirname(stateFile(room.engine));
    await mkdir(dirname(state), { recursive: true });
    await writeFile(state, 'not a folder');
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const [a, b] = [await downloads.add(jobFor(room, 'a')), await downloads.add(jobFor(room, 'b'))];
    await downloads.pause(a.id);
    await a.resume();
    expect((await downloads.list()).map(({ label }) => label)).toEqual(['a', 'b']);
    (await fake.at(1)).finish();
    (await fake.at(2)).finish();
    expect([(await a.outcome()).state, (await b.outcome()).state]).toEqual(['completed', 'completed']);
    expect(await downloads.stats()).toMatchObject({ downloads: { completed: 2 } });
    expect(room.warnings).toEqual(['DOWNLOAD_STATE_UNWRITABLE']);
  });

  test('is an error for those who only want to know what is recorded', async () => {
    const room = await createRoom();
    const state = dirname(stateFile(room.engine));
    await mkdir(dirname(state), { recursive: true });
    await writeFile(state, 'not a folder');
    await expect(open(room, { recordsNeeded: true })).rejects.toMatchObject({ code: /^(EEXIST|ENOTDIR)$/ });
  });

  test('or with that of a newer program, downloads run with one warning', async () => {
    const room = await createRoom();
    const database = await openState(room.engine);
    database.write((run) => run('PRAGMA user_version = 99'));
    database.close();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    (await fake.at(0)).finish();
    expect((await handle.outcome()).state).toBe('completed');
    expect(room.warnings).toEqual(['DOWNLOAD_STATE_DAMAGED']);
    await expect(open(room, { recordsNeeded: true })).rejects.toMatchObject({ code: 'DOWNLOAD_STATE_DAMAGED' });
  });
});

describe('when the disk of the database is full', () => {
  /** Fails to write while `isFull`. */
  function fillable(database: Database): Database & { isFull: boolean } {
    return {
      isFull: false,
      all: database.all.bind(database),
      dataVersion: database.dataVersion.bind(database),
      close: database.close.bind(database),
      write(work) {
        if (this.isFull) throw Object.assign(new Error('ENOSPC: database or disk is full'), { code: 'ENOSPC' });
        return database.write(work);
      },
    };
  }

  test('downloads go on, and are recorded as soon as there is space', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const disk = fillable(await openState(room.engine));
    const downloads = new DownloadQueue(room.engine, disk, {
      ...{ signal: undefined, run: fake.run, clock: () => performance.now(), lookMs: 10 },
      identity: await thisProcess(),
    });
    const a = await downloads.add(jobFor(room, 'a'));
    disk.isFull = true;
    const b = await downloads.add(jobFor(room, 'b'));
    (await fake.at(0)).finish();
    expect((await a.outcome()).state).toBe('completed');
    (await fake.at(1)).report({ done: 500 });
    expect((await downloads.list()).map(({ label, state, done }) => [label, state, done])).toEqual([
      ['a', 'completed', 1000],
      ['b', 'downloading', 500],
    ]);
    expect(room.warnings).toEqual(['DOWNLOAD_STATE_UNWRITABLE']);

    disk.isFull = false;
    const other = await open(room);
    await expect
      .poll(async () => (await other.list()).map(({ label, state, done }) => [label, state, done]), { timeout: 5000 })
      .toEqual([
        ['a', 'completed', 1000],
        ['b', 'downloading', 500],
      ]);
    (await fake.at(1)).finish();
    expect((await b.outcome()).state).toBe('completed');
    await downloads.close();
    expect(room.warnings).toHaveLength(1);
  });
});

describe('SQLite', () => {
  test('says with the code of the system that a disk is full', async () => {
    const database = await openMemory();
    database.all('PRAGMA max_page_count = 20');
    const fill = (): unknown =>
      database.write((run) =>
        run('INSERT INTO hosts VALUES (hex(randomblob(8)) || zeroblob(99999), 1, 1, 1, 1, 1, 1)'),
      );
    expect(fill).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    // It goes on when there is space again.
    database.all('PRAGMA max_page_count = 20000');
    expect(fill()).toBe(1);
    database.close();
  });

  test('loses nothing that was written when the file is opened again after a crash', async () => {
    const room = await createRoom();
    const first = await openState(room.engine);
    first.write((run) => run("INSERT INTO hosts VALUES ('here', 1, 1, 1, 1, 1, 1)"));
    // Not closed: its log still has to be read.
    const second = await openDatabase(stateFile(room.engine));
    expect(second.all('SELECT name FROM hosts')).toEqual([{ name: 'here' }]);
    second.close();
    first.close();
    await rm(stateFile(room.engine));
  });
});
