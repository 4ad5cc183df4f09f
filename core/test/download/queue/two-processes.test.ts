/** Two queues on one database behave to each other as two processes do, but for their end. */
import { rmSync } from 'node:fs';
import { stat } from 'node:fs/promises';

import { describe, expect, test } from 'vitest';

import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { ResumeFile } from '../../../src/download/part/resume-file.ts';
import { openState } from '../../../src/download/queue/open-store.ts';
import type { Downloads } from '../../../src/download/queue/downloads.ts';
import { createRoom, FakeDownloader, jobFor, open, type Room } from './support.ts';

async function pair(
  room: Room,
): Promise<{ one: Downloads; two: Downloads; first: FakeDownloader; second: FakeDownloader }> {
  const [first, second] = [new FakeDownloader(), new FakeDownloader()];
  return { one: await open(room, { run: first.run }), two: await open(room, { run: second.run }), first, second };
}

/** As if its process had been killed: nothing is recorded any more, and it is found to have ended. */
async function kill(room: Room): Promise<void> {
  const database = await openState(room.engine);
  database.write((run) => run("UPDATE processes SET identity = json_set(identity, '$.started', '1')"));
  database.close();
}

describe('a download of another process', () => {
  test('is paused, resumed and cancelled by asking for it', async () => {
    const room = await createRoom();
    const { one, two, first, second } = await pair(room);
    const handle = await one.add(jobFor(room, 'a'));
    expect(await two.pause(handle.id)).toMatchObject({ state: 'paused', request: undefined });
    expect(handle.state).toBe('paused');
    const resumed = await two.resume(handle.id);
    expect(resumed.handle).toBeUndefined();
    expect(resumed.record.state).toBe('downloading');
    expect(first.labels).toEqual(['a', 'a']);
    expect(await two.cancel(handle.id)).toMatchObject({ state: 'cancelled' });
    expect(await handle.outcome()).toEqual({ state: 'cancelled' });
    await expect(stat(`${handle.destination}.part`)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(second.started).toEqual([]);
    await expect(two.pause(handle.id)).rejects.toMatchObject({ code: 'DOWNLOAD_STATE' });
  });

  test('is seen with its progress, and counted for space', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    const handle = await one.add(jobFor(room, 'a', { size: 5000 }));
    first.started[0]?.report({ done: 1000, speed: 10 });
    expect(await two.get(handle.id)).toMatchObject({ state: 'downloading', owner: { pid: process.pid } });
    expect(await two.reservedSpace(room.folder)).toBeGreaterThanOrEqual(4400);
    await expect.poll(async () => (await two.get(handle.id)).done, { timeout: 5000 }).toBe(1000);
  });

  test('takes the rate that is set for everybody', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    await one.add(jobFor(room, 'a'));
    const { limiter } = (await first.at(0)).options;
    expect(await two.setRateLimit(5000, { everywhere: true })).toBe(1);
    await expect.poll(() => limiter?.rate).toBe(5000);
    await two.setRateLimit(undefined, { everywhere: true });
    await expect.poll(() => limiter?.rate).toBeUndefined();
  });

  test('is waited for when the same file is wanted, and confirmed for whom waits', async () => {
    const room = await createRoom();
    const { one, two, first, second } = await pair(room);
    let waiting = 0;
    room.engine.events.on('waiting', () => waiting++);
    const [a, b] = [await one.add(jobFor(room, 'a')), await two.add(jobFor(room, 'a'))];
    expect(b.id).toBe(a.id);
    expect(waiting).toBe(1);
    (await first.at(0)).finish();
    expect((await a.outcome()).state).toBe('completed');
    // Nobody knows its digests: it is what was asked for all the same.
    expect(await b.outcome()).toMatchObject({ state: 'completed', result: { size: 5, verified: false } });
    expect(second.started).toEqual([]);
    expect(await two.list()).toHaveLength(1);
  });

  test('is downloaded by whom waits, in its turn, when it is gone again', async () => {
    const room = await createRoom();
    const { one, two, first, second } = await pair(room);
    const [a, b] = [await one.add(jobFor(room, 'a')), await two.add(jobFor(room, 'a'))];
    room.engine.events.on('download', ({ to }) => {
      if (to === 'completed') rmSync(a.destination, { force: true });
    });
    (await first.at(0)).finish();
    expect((await a.outcome()).state).toBe('completed');
    const again = await second.at(0);
    // As every other download of this queue.
    expect(again.options).toMatchObject({
      connections: expect.anything() as object,
      limiter: expect.anything() as object,
    });
    again.finish();
    expect((await b.outcome()).state).toBe('completed');
    expect(await two.list()).toHaveLength(2);
  });

  test('that is over before it is seen to go on was resumed well', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    const { id } = await one.add(jobFor(room, 'a'));
    await two.pause(id);
    room.engine.events.once('download', () => {
      void first.at(1).then((run) => {
        run.finish();
        return one.close();
      });
    });
    expect((await two.resume(id)).record.state).toBe('completed');
  });

  test('is not waited for any longer than the signal allows, and the signal says why', async () => {
    const room = await createRoom();
    const { one } = await pair(room);
    const { id } = await one.add(jobFor(room, 'a'));
    const stop = new AbortController();
    const three = await open(room, { signal: stop.signal, lookMs: 60_000 });
    const pausing = three.pause(id);
    const reason = new Error('enough');
    stop.abort(reason);
    await expect(pausing).rejects.toBe(reason);
  });

  test('is refused when another file is wanted in its place', async () => {
    const room = await createRoom();
    const { one, two } = await pair(room);
    await one.add(jobFor(room, 'a', { digests: { sha256: 'aa' } }));
    const other = two.add(jobFor(room, 'a', { digests: { sha256: 'bb' } }));
    await expect(other).rejects.toMatchObject({ code: 'DOWNLOAD_OTHER_FILE' });
  });

  test('fails, pauses and ends for whom waits as it does there', async () => {
    const room = await createRoom();
    const { one, two, first, second } = await pair(room);
    for (const name of ['failed', 'paused', 'cancelled']) await one.add(jobFor(room, name));
    const [failed, paused, cancelled] = [
      await two.add(jobFor(room, 'failed')),
      await two.add(jobFor(room, 'paused')),
      await two.add(jobFor(room, 'cancelled')),
    ];
    first.started[0]?.fail(Object.assign(new Error('no'), { code: 'ECONNRESET' }));
    expect(await failed.outcome()).toMatchObject({ state: 'failed', error: { code: 'ECONNRESET' } });
    first.started[1]?.fail(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    expect(await paused.outcome()).toMatchObject({ state: 'paused', reason: { code: 'ENOSPC' } });
    await one.cancel(cancelled.id);
    expect(await cancelled.outcome()).toEqual({ state: 'cancelled' });
    expect(second.started).toEqual([]);
  });

  test('that is paused and goes on is told so to whom waits', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    const moves: string[] = [];
    const [a, b] = [await one.add(jobFor(room, 'a')), await two.add(jobFor(room, 'a'))];
    await a.pause();
    expect(await b.outcome()).toEqual({ state: 'paused', reason: undefined });
    room.engine.events.on('download', ({ to }) => moves.push(to));
    await a.resume();
    await expect.poll(() => b.state).toBe('downloading');
    // Once of each of the two.
    expect(moves.filter((to) => to === 'downloading')).toHaveLength(2);
    (await first.at(1)).finish();
    expect((await b.outcome()).state).toBe('completed');
  });

  test('goes on when whoever waits for it does not want to any more', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    const [a, b] = [await one.add(jobFor(room, 'a')), await two.add(jobFor(room, 'a'))];
    await b.cancel();
    expect(await b.outcome()).toEqual({ state: 'cancelled' });
    await two.close();
    expect(a.state).toBe('downloading');
    first.started[0]?.finish();
    expect((await a.outcome()).state).toBe('completed');
  });

  test('is taken over by whom waits when its process ends', async () => {
    const room = await createRoom();
    const { one, two, second } = await pair(room);
    const a = await one.add(jobFor(room, 'a'));
    const b = await two.add(jobFor(room, 'a'));
    await one.close();
    (await second.at(0)).finish();
    expect((await b.outcome()).state).toBe('completed');
    expect(b.id).toBe(a.id);
  });
});

describe('a process that was killed', () => {
  test('leaves its downloads paused, for anybody to resume or cancel', async () => {
    const room = await createRoom();
    const { one, two, second } = await pair(room);
    const [a, b] = [await one.add(jobFor(room, 'a')), await one.add(jobFor(room, 'b'))];
    await kill(room);
    for (const { id } of [a, b]) {
      expect(await two.get(id)).toMatchObject({ state: 'paused', reason: { code: 'DOWNLOAD_PROCESS_ENDED' } });
    }
    const { handle } = await two.resume(a.id);
    (await second.at(0)).finish();
    expect((await handle?.outcome())?.state).toBe('completed');
    expect(await two.cancel(b.id)).toMatchObject({ state: 'cancelled' });
    await expect(stat(`${b.destination}.part`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('leaves downloads of which the part says how far they came', async () => {
    const room = await createRoom();
    const { one, two, first } = await pair(room);
    const size = 3 * 1024 * 1024;
    const { destination } = await one.add(jobFor(room, 'a', { size }));
    await first.at(0);
    const map = new PieceMap(size, 1024 * 1024);
    const pieces = { ...map.table(), fill: Uint32Array.of(1024 * 1024, 5000, 0) };
    const state = { size, pieceSize: map.pieceSize, digests: {}, urls: [], clean: false, origins: [], pieces };
    await (await ResumeFile.create(`${destination}.part.resume`, state)).close();
    await kill(room);
    expect(await two.list()).toMatchObject([{ state: 'paused', done: 1024 * 1024 + 5000, total: size }]);
  });

  test('hands over to whom waits', async () => {
    const room = await createRoom();
    const { one, two, second } = await pair(room);
    await one.add(jobFor(room, 'a'));
    const b = await two.add(jobFor(room, 'a'));
    await kill(room);
    (await second.at(0)).finish();
    expect((await b.outcome()).state).toBe('completed');
  });

  test('is resumed by one of those who want to', async () => {
    const room = await createRoom();
    const { one, two, second } = await pair(room);
    const third = new FakeDownloader();
    const three = await open(room, { run: third.run });
    const { id } = await one.add(jobFor(room, 'a'));
    await kill(room);
    const both = await Promise.all([two.resume(id), three.resume(id)]);
    expect(both.filter(({ handle }) => handle !== undefined)).toHaveLength(1);
    expect(second.started.length + third.started.length).toBe(1);
  });
});
