import { readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { DownloadHandle } from '../../../src/download/queue/handle.ts';
import { createEngine } from '../../../src/engine/engine.ts';
import { createRoom, FakeDownloader, jobFor, open, type Room } from './support.ts';

async function filesIn({ folder }: Room): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== 'home').sort();
}

/** As if its process had been killed while it fetched a file of another size beside the part. */
async function leaveAllBeside({ folder }: Room, name: string): Promise<void> {
  for (const kind of ['.resume.new', '.other', '.other.resume', '.other.resume.new']) {
    await writeFile(join(folder, `${name}.part${kind}`), 'left');
  }
}

async function settled(handles: readonly DownloadHandle[]): Promise<string[]> {
  return Promise.all(handles.map(async (handle) => (await handle.outcome()).state));
}

describe('the queue', () => {
  test('runs as many downloads at the same time as the settings say, in their order', async () => {
    const room = await createRoom({ simultaneous: 2 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handles: DownloadHandle[] = [];
    for (const name of ['a', 'b', 'c', 'd']) handles.push(await downloads.add(jobFor(room, name)));
    expect(fake.labels).toEqual(['a', 'b']);
    expect(handles.map(({ state }) => state)).toEqual(['downloading', 'downloading', 'queued', 'queued']);
    fake.started[1]?.finish();
    await fake.at(2);
    expect(fake.labels).toEqual(['a', 'b', 'c']);
    for (const index of [0, 2, 3]) (await fake.at(index)).finish();
    expect(await settled(handles)).toEqual(['completed', 'completed', 'completed', 'completed']);
  });

  test('starts what is more important first, and stops nothing for it', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handles = [
      await downloads.add(jobFor(room, 'first')),
      await downloads.add(jobFor(room, 'later')),
      await downloads.add(jobFor(room, 'soon'), { priority: 5 }),
      await downloads.add(jobFor(room, 'next'), { priority: 5 }),
    ];
    expect((await downloads.list()).map(({ label }) => label)).toEqual(['soon', 'next', 'first', 'later']);
    for (const index of [0, 1, 2, 3]) (await fake.at(index)).finish();
    await settled(handles);
    expect(fake.labels).toEqual(['first', 'soon', 'next', 'later']);
  });

  test('emits every move, and records it', async () => {
    const room = await createRoom();
    const moves: string[] = [];
    room.engine.events.on('download', ({ from, to }) => moves.push(`${from ?? ''}>${to}`));
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    (await fake.at(0)).finish();
    expect(await handle.outcome()).toMatchObject({ state: 'completed', result: { size: 1000 } });
    expect(moves).toEqual(['>queued', 'queued>downloading', 'downloading>verifying', 'verifying>completed']);
    expect(await downloads.get(handle.id)).toMatchObject({ state: 'completed', done: 1000, total: 1000, speed: 0 });
    expect(room.warnings).toEqual([]);
  });

  test('knows how far a download is', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const { id } = await downloads.add(jobFor(room, 'a'));
    fake.started[0]?.report({
      done: 400,
      speed: 50,
      mirrors: [{ mirror: 'm', bytes: 400, speed: 50, connections: 1 }],
    });
    expect(await downloads.get(id)).toMatchObject({ state: 'downloading', done: 400, speed: 50, received: 400 });
  });

  test('knows how long it ran, by the clock of the engine', async () => {
    const room = await createRoom();
    let time = 5;
    const { context } = room.engine;
    const engine = await createEngine({ context: { ...context, clock: () => time }, settings: room.engine.settings });
    const fake = new FakeDownloader();
    const downloads = await open({ ...room, engine }, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    time += 90_000;
    fake.started[0]?.finish();
    await handle.outcome();
    expect(await downloads.get(handle.id)).toMatchObject({ busyMs: 90_000 });
  });

  test('goes back from verifying when ranges have to be fetched again', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    fake.started[0]?.options.onVerify?.();
    expect(handle.state).toBe('verifying');
    fake.started[0]?.report({ done: 900, connections: 2 });
    expect(handle.state).toBe('downloading');
    fake.started[0]?.finish();
    expect(await settled([handle])).toEqual(['completed']);
  });
});

describe('a download', () => {
  test('that is paused keeps its part, frees its place, and goes on when it is resumed', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const [a, b] = [await downloads.add(jobFor(room, 'a')), await downloads.add(jobFor(room, 'b'))];
    await a.pause();
    expect(await a.outcome()).toEqual({ state: 'paused', reason: undefined });
    expect(await filesIn(room)).toContain('a.iso.part.resume');
    (await fake.at(1)).finish();
    await b.outcome();
    await a.resume();
    (await fake.at(2)).finish();
    expect(fake.labels).toEqual(['a', 'b', 'a']);
    expect(await settled([a])).toEqual(['completed']);
  });

  test('that waits can be paused, too, and is not started then', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const [a, b] = [await downloads.add(jobFor(room, 'a')), await downloads.add(jobFor(room, 'b'))];
    await downloads.pause(b.id);
    fake.started[0]?.finish();
    await a.outcome();
    expect(await settled([b])).toEqual(['paused']);
    expect(fake.labels).toEqual(['a']);
  });

  test('that is cancelled leaves nothing, whether it runs, waits or is paused', async () => {
    const room = await createRoom({ simultaneous: 2 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handles: DownloadHandle[] = [];
    for (const name of ['a', 'b', 'c']) handles.push(await downloads.add(jobFor(room, name)));
    await handles[1]?.pause();
    await fake.at(2);
    for (const name of ['a.iso', 'b.iso', 'c.iso']) await leaveAllBeside(room, name);
    await Promise.all(handles.map((handle) => handle.cancel()));
    expect(await settled(handles)).toEqual(['cancelled', 'cancelled', 'cancelled']);
    expect(await filesIn(room)).toEqual([]);
    await expect(handles[0]?.resume()).rejects.toMatchObject({ code: 'DOWNLOAD_STATE' });
    await expect(downloads.pause(handles[0]?.id ?? '')).rejects.toMatchObject({ code: 'DOWNLOAD_STATE' });
  });

  test('that is paused and cancelled at once is cancelled', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    await Promise.all([handle.pause(), handle.cancel(), handle.cancel()]);
    expect(await settled([handle])).toEqual(['cancelled']);
    expect(await filesIn(room)).toEqual([]);
  });

  test('that is paused, resumed and cancelled at once is cancelled, and nothing goes on', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    await Promise.all([handle.pause(), handle.resume(), handle.cancel()]);
    expect(await settled([handle])).toEqual(['cancelled']);
    expect(fake.started.map(({ options }) => options.signal.aborted)).toEqual([true, true]);
    expect(await filesIn(room)).toEqual([]);
  });

  test('that fails keeps its part and can be tried again', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    const error = Object.assign(new Error('no'), { code: 'ECONNRESET' });
    fake.started[0]?.fail(error);
    expect(await handle.outcome()).toEqual({ state: 'failed', error });
    expect(await downloads.get(handle.id)).toMatchObject({ state: 'failed', reason: { code: 'ECONNRESET' } });
    expect(await filesIn(room)).toEqual(['a.iso.part', 'a.iso.part.resume']);
    await downloads.resume(handle.id);
    (await fake.at(1)).finish();
    expect(await settled([handle])).toEqual(['completed']);
    expect(await downloads.get(handle.id)).toMatchObject({ reason: undefined });
  });

  test.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])('that meets %s is paused, and says so', async (code) => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handle = await downloads.add(jobFor(room, 'a'));
    fake.started[0]?.fail(Object.assign(new Error(code), { code }));
    expect(await handle.outcome()).toMatchObject({ state: 'paused', reason: { code } });
    expect(await downloads.get(handle.id)).toMatchObject({ state: 'paused', reason: { code } });
  });

  test('added twice is one', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const [one, two] = await Promise.all([downloads.add(jobFor(room, 'a')), downloads.add(jobFor(room, 'a'))]);
    expect(one.id).toBe(two.id);
    expect(fake.labels).toEqual(['a']);
    expect(await downloads.list()).toHaveLength(1);
    const other = jobFor(room, 'a', { urls: ['http://elsewhere.example/'], digests: { md5: 'f'.repeat(32) } });
    await expect(downloads.add(other)).rejects.toMatchObject({ code: 'DOWNLOAD_OTHER_FILE' });
    await one.pause();
    expect((await downloads.add(jobFor(room, 'a'))).id).toBe(one.id);
    expect(fake.labels).toEqual(['a', 'a']);
  });

  test('that is over can be downloaded again, as another one', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const one = await downloads.add(jobFor(room, 'a'));
    fake.started[0]?.finish();
    await one.outcome();
    const two = await downloads.add(jobFor(room, 'a'));
    expect(two.id).not.toBe(one.id);
  });
});

describe('the end', () => {
  test('pauses everything, and the next queue takes it up by id', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const first = await open(room, { run: fake.run });
    const job = jobFor(room, 'a', { digests: { sha256: 'ab'.repeat(32) }, replace: true });
    const [a, b] = [await first.add(job), await first.add(jobFor(room, 'b'))];
    await first.close();
    expect(await a.outcome()).toMatchObject({ state: 'paused', reason: { code: 'DOWNLOAD_QUEUE_CLOSED' } });
    expect(b.state).toBe('paused');
    await expect(first.add(job)).rejects.toMatchObject({ code: 'DOWNLOAD_QUEUE_CLOSED' });
    await expect(first.list()).rejects.toMatchObject({ code: 'DOWNLOAD_QUEUE_CLOSED' });
    await expect(a.resume()).rejects.toMatchObject({ code: 'DOWNLOAD_QUEUE_CLOSED' });

    const second = await open(room, { run: fake.run });
    expect((await second.list()).map(({ state, owner }) => [state, owner])).toEqual([
      ['paused', undefined],
      ['paused', undefined],
    ]);
    const { handle } = await second.resume(a.id.slice(0, 5));
    expect((await fake.at(1)).job).toEqual(job);
    fake.started[1]?.finish();
    expect((await handle?.outcome())?.state).toBe('completed');
    expect(room.warnings).toEqual([]);
  });

  test('by a signal pauses everything with its reason', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const abort = new AbortController();
    const downloads = await open(room, { run: fake.run, signal: abort.signal });
    const handles = [await downloads.add(jobFor(room, 'a')), await downloads.add(jobFor(room, 'b'))];
    const reason = new Error('enough');
    abort.abort(reason);
    for (const handle of handles) expect(await handle.outcome()).toEqual({ state: 'paused', reason });
    expect(fake.labels).toEqual(['a']);
  });
});

describe('ids', () => {
  test('are found by their beginning', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const ids: string[] = [];
    // With 28 letters, 30 downloads have two that begin alike.
    for (let index = 0; index < 30; index++) ids.push((await downloads.add(jobFor(room, `n${index}`))).id);
    const [first = ''] = ids;
    expect((await downloads.get(first)).id).toBe(first);
    const twice = ids.find((id) => ids.filter((other) => other.startsWith(id.slice(0, 1))).length > 1) ?? '';
    await expect(downloads.get(twice.slice(0, 1))).rejects.toMatchObject({ code: 'DOWNLOAD_AMBIGUOUS' });
    await expect(downloads.get('nothing')).rejects.toMatchObject({ code: 'DOWNLOAD_UNKNOWN' });
    await expect(downloads.get('')).rejects.toMatchObject({ code: 'DOWNLOAD_UNKNOWN' });
  });
});

describe('statistics', () => {
  test('add up what mirrors delivered and why downloads failed', async () => {
    const room = await createRoom({ simultaneous: 1 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const share = (mirror: string, bytes: number) => ({ mirror, bytes, speed: 1, connections: 1 });
    const a = await downloads.add(jobFor(room, 'a'));
    fake.started[0]?.report({ done: 300, mirrors: [share('http://one', 300)] });
    await a.pause();
    await a.resume();
    const run = await fake.at(1);
    run.report({ done: 1000, mirrors: [share('http://one', 100), share('http://two', 600)] });
    const error = Object.assign(new Error('gone'), { code: 'DOWNLOAD_STALLED' });
    room.engine.events.emit('failover', { label: 'a', mirror: 'http://two', next: undefined, error: error as never });
    run.finish();
    await a.outcome();
    const b = await downloads.add(jobFor(room, 'b'));
    (await fake.at(2)).fail(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    await b.outcome();
    expect(await downloads.stats()).toMatchObject({
      downloads: { completed: 1, paused: 1 },
      bytes: 1000,
      meanSpeed: expect.any(Number) as unknown,
      failures: [{ code: 'ENOSPC', count: 1 }],
      mirrors: [
        { mirror: 'http://two', downloads: 1, bytes: 600, failures: { DOWNLOAD_STALLED: 1 } },
        { mirror: 'http://one', downloads: 1, bytes: 400, failures: {} },
      ],
    });
  });

  test('forget what is pruned, and the parts of what failed', async () => {
    const room = await createRoom();
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    const handles: DownloadHandle[] = [];
    for (const name of ['done', 'failed', 'paused']) handles.push(await downloads.add(jobFor(room, name)));
    fake.started[0]?.finish();
    fake.started[1]?.fail(new Error('no'));
    await handles[2]?.pause();
    await settled(handles);
    await leaveAllBeside(room, 'failed.iso');
    expect(await downloads.prune({ olderThanMs: 0 })).toEqual({ records: 0, parts: 0 });
    await downloads.close();
    const later = await open(room, { run: fake.run });
    expect(await later.prune({ olderThanMs: 60_000 })).toEqual({ records: 0, parts: 0 });
    expect(await later.prune({ olderThanMs: -1000 })).toEqual({ records: 2, parts: 1 });
    expect((await filesIn(room)).map((name) => basename(name))).toEqual([
      'done.iso',
      'paused.iso.part',
      'paused.iso.part.resume',
    ]);
  });
});

describe('space', () => {
  test('that running downloads will need is counted for those that start later', async () => {
    const room = await createRoom({ simultaneous: 2 });
    const fake = new FakeDownloader();
    const downloads = await open(room, { run: fake.run });
    await downloads.add(jobFor(room, 'a', { size: 2 ** 40 }));
    await downloads.add(jobFor(room, 'b', { size: 1000 }));
    const [a, b] = [await fake.at(0), await fake.at(1)];
    const [forA = 0, forB = 0] = [await a.options.freeSpace?.(room.folder), await b.options.freeSpace?.(room.folder)];
    expect(forA - forB).toBeGreaterThan(2 ** 40);
    a.report({ done: 2 ** 39 });
    const left = forA - ((await b.options.freeSpace?.(room.folder)) ?? 0);
    expect(left).toBeLessThan(2 ** 40 * 0.6);
    expect(await downloads.reservedSpace(room.folder)).toBe(Math.ceil(2 ** 39 * 1.1) + 1100);
  });
});
