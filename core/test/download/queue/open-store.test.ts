import { mkdir, open, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { describe, expect, test } from 'vitest';

import { openDatabase } from '../../../src/download/queue/database.ts';
import { openState, stateFile } from '../../../src/download/queue/open-store.ts';
import { systemCode } from '../../../src/engine/errors.ts';
import { createRoom } from './support.ts';

const RUN = "INSERT INTO hosts (name, updated_at, bytes, ms) VALUES ('here', 1, 2, 3)";

describe('the database of downloads', () => {
  test('is made where there is none, for nobody else to read, and is there again later', async () => {
    const { engine, warnings } = await createRoom();
    const first = await openState(engine);
    first.write((run) => run(RUN));
    expect((await stat(stateFile(engine))).mode & 0o077).toBe(0);
    first.close();
    const second = await openState(engine);
    expect(second.all('SELECT name FROM hosts')).toEqual([{ name: 'here' }]);
    second.close();
    expect(warnings).toEqual([]);
  });

  test('of no use is moved aside with a warning, and a new one begun', async () => {
    const { engine, warnings } = await createRoom();
    const file = stateFile(engine);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, 'this is no database '.repeat(500));
    (await openState(engine)).close();
    expect(warnings).toEqual(['DOWNLOAD_STATE_DAMAGED']);
    expect((await readdir(dirname(file))).filter((name) => name.includes('.damaged-'))).toHaveLength(1);
    (await openState(engine)).close();
    expect(warnings).toHaveLength(1);
  });

  test('with a damaged page in the middle is found out when it is opened', async () => {
    const { engine, warnings } = await createRoom();
    const file = stateFile(engine);
    (await openState(engine)).close();
    const { size } = await stat(file);
    expect(size).toBeGreaterThan(16 * 1024);
    const handle = await open(file, 'r+');
    // All but the first page, where SQLite looks when it opens a file.
    await handle.write(Buffer.alloc(size - 4096, 0xab), 0, size - 4096, 4096);
    await handle.close();
    (await openState(engine)).close();
    expect(warnings).toEqual(['DOWNLOAD_STATE_DAMAGED']);
  });

  test('of a newer program is left alone', async () => {
    const { engine, warnings } = await createRoom();
    const database = await openState(engine);
    database.write((run) => run('PRAGMA user_version = 99'));
    database.close();
    await expect(openState(engine)).rejects.toMatchObject({ code: 'DOWNLOAD_STATE_DAMAGED' });
    const again = await openDatabase(stateFile(engine));
    expect(again.all('PRAGMA user_version')).toEqual([{ user_version: 99 }]);
    again.close();
    expect(warnings).toEqual([]);
  });

  test('in a place that is no folder keeps the code of the system', async () => {
    const { engine } = await createRoom();
    await mkdir(dirname(dirname(stateFile(engine))), { recursive: true });
    await writeFile(dirname(stateFile(engine)), 'a file');
    const error: unknown = await openState(engine).catch((thrown: unknown) => thrown);
    expect(systemCode(error)).toMatch(/^(EEXIST|ENOTDIR)$/);
  });

  test('can be opened by many at the same moment', async () => {
    const { engine } = await createRoom();
    const all = await Promise.all(Array.from({ length: 8 }, () => openState(engine)));
    for (const database of all) database.close();
  });
});

describe('a transaction', () => {
  test('is undone as a whole, and leaves nobody waiting', async () => {
    const { engine } = await createRoom();
    const [one, two] = [await openState(engine), await openState(engine)];
    expect(() =>
      one.write((run) => {
        run(RUN);
        run(RUN);
      }),
    ).toThrow(/UNIQUE/);
    two.write((run) => run(RUN));
    one.write((run) => run('DELETE FROM hosts'));
    expect(two.all('SELECT * FROM hosts')).toEqual([]);
    one.close();
    two.close();
  });

  test('of another is noticed', async () => {
    const { engine } = await createRoom();
    const [one, two] = [await openState(engine), await openState(engine)];
    const before = one.dataVersion();
    one.write((run) => run(RUN));
    expect(one.dataVersion()).toBe(before);
    two.write((run) => run('DELETE FROM hosts'));
    expect(one.dataVersion()).not.toBe(before);
    one.close();
    two.close();
  });
});
