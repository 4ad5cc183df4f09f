import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, it, vi } from 'vitest';

import type { FileServer } from '../../../test/src/servers/index.ts';
import { thisProcess } from '../../src/engine/process-identity.ts';
import {
  createRoom,
  download,
  ENTRY,
  expectDone,
  leavePart,
  PLUGINS,
  rangesOf,
  sentBy,
  sha256Of,
  type Room,
} from './support.ts';

const MIB = 1024 * 1024;

/** Another process that downloads the room's file through the built package. */
function startChild(room: Room, server: FileServer): ChildProcess {
  const { content, sha256, destination } = room;
  const job = {
    label: 'child',
    urls: [`${server.url}/image.iso`],
    size: content.length,
    digests: { sha256 },
    destination,
  };
  const program = `
    const { createEngine, downloadFile } = await import(${JSON.stringify(ENTRY)});
    const engine = await createEngine({ plugins: ${JSON.stringify(PLUGINS)} });
    await downloadFile(engine, ${JSON.stringify(job)}, { signal: new AbortController().signal });
  `;
  return spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, LOOPSTICK_HOME: fileURLToPath(new URL(`file://${room.folder}/home`)) },
  });
}

async function untilSent(server: FileServer, bytes: number): Promise<void> {
  await vi.waitUntil(() => sentBy(server) >= bytes, { timeout: 20_000, interval: 10 });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a download that was interrupted', () => {
  it('goes on after its process was killed, and fetches nothing twice', async () => {
    const room = await createRoom(12_000_000);
    const { length } = room.content;
    // A busy machine takes a while to read, to note, and to kill.
    const slow = await room.serve({ rate: 1_200_000 });
    const child = startChild(room, slow);
    let sent: number;
    try {
      await untilSent(slow, 5_000_000);
    } finally {
      await kill(child);
      sent = sentBy(slow);
    }
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.lock', 'image.iso.part.resume']);

    const fast = await room.serve();
    const result = await download(room, [fast]);
    expect(result.size).toBe(length);
    // What was on its way is lost: unread, or not noted yet.
    expect(result.resumed).toBeGreaterThan(sent - 3 * MIB);
    const { resumed } = result;
    // Beside two samples, since this mirror is another one, and what was on its way when a lease was cut.
    expect(sentBy(fast)).toBeLessThanOrEqual(length - resumed + 2 * MIB);
    expect(room.heard('resume')).toEqual([{ label: 'test/1/live/amd64', bytes: resumed }]);
    expect(room.heard('transfer')[0]?.done).toBeGreaterThanOrEqual(resumed);
    expect(room.heard('progress')).toContainEqual({
      step: 'hash',
      label: 'test/1/live/amd64',
      done: resumed,
      total: resumed,
    });
    await expectDone(room);
  });

  it('waits for another process that downloads the same file, and takes what that has', async () => {
    const room = await createRoom(6_000_000);
    const slow = await room.serve({ rate: 3_000_000 });
    const child = startChild(room, slow);
    try {
      await untilSent(slow, 1_000_000);
      const result = await download(room, [slow]);
      expect(result).toMatchObject({ resumed: room.content.length, origins: [] });
      expect(room.heard('waiting')).toMatchObject([{ file: room.destination, error: { code: 'DOWNLOAD_BUSY' } }]);
      expect(room.heard('waiting')[0]?.error.message).toContain(String(child.pid));
      expect(sentBy(slow)).toBeLessThan(6_000_000 + MIB);
      await expectDone(room);
    } finally {
      await kill(child);
    }
  });

  it('goes on for another process that was killed while somebody waited for it', async () => {
    const room = await createRoom(6_000_000);
    const slow = await room.serve({ rate: 2_000_000 });
    const child = startChild(room, slow);
    try {
      await untilSent(slow, 2_500_000);
      const waiting = once(room.engine.events, 'waiting');
      const work = download(room, [slow]);
      await waiting;
      await kill(child);
      expect((await work).resumed).toBeGreaterThan(0);
      await expectDone(room);
    } finally {
      await kill(child);
    }
  });

  it('waits for another download of the same process', async () => {
    const room = await createRoom(1_000_000);
    const slow = await room.serve({ rate: 2_000_000 });
    const both = await Promise.all([download(room, [slow]), download(room, [slow])]);
    expect(both.filter(({ origins }) => origins.length === 0)).toHaveLength(1);
    expect(sentBy(slow)).toBe(1_000_000);
    await expectDone(room);
  });

  it('stops when asked to, leaves no lock, and goes on later', async () => {
    const room = await createRoom(4_000_000);
    const slow = await room.serve({ rate: 4_000_000 });
    const controller = new AbortController();
    room.engine.events.on('transfer', ({ done }) => {
      if (done > 1_500_000) controller.abort(new Error('enough'));
    });
    await expect(download(room, [slow], {}, { signal: controller.signal })).rejects.toThrow('enough');
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
    const { done = 0 } = room.heard('transfer').at(-1) ?? {};
    expect(done).toBeGreaterThan(1_500_000);
    room.engine.events.removeAllListeners('transfer');
    const fast = await room.serve();
    const { resumed } = await download(room, [fast]);
    expect(resumed).toBeGreaterThanOrEqual(done);
    expect(sentBy(fast)).toBeLessThanOrEqual(4_000_000 - resumed + 2 * MIB);
    await expectDone(room);
  });

  it.each([0, 10, 50])('stops in the middle of retries, %s ms after the first one', async (ms) => {
    const room = await createRoom(1_000);
    const busy = await room.serve({ fault: { kind: 'status', status: 503 } });
    const controller = new AbortController();
    room.engine.events.once('failover', () => setTimeout(() => controller.abort(new Error('enough')), ms));
    const options = { signal: controller.signal, patience: { baseMs: 60_000 } };
    await expect(download(room, [busy], {}, options)).rejects.toThrow('enough');
    expect(await room.list()).toEqual([]);
  });

  it('needs no server when only the renaming was missing', async () => {
    const room = await createRoom();
    await leavePart(room, [[0, room.content.length]]);
    const result = await download(room, [{ url: 'http://127.0.0.1:9' }]);
    expect(result).toMatchObject({ resumed: room.content.length });
    await expectDone(room);
  });

  it('fills the gaps that it left, and nothing else', async () => {
    const room = await createRoom(5 * MIB + 7);
    const only = await room.serve();
    const gaps = [
      [0, MIB],
      [2 * MIB, 2.5 * MIB],
      [4 * MIB, 5 * MIB + 7],
    ] as const;
    await leavePart(room, gaps, { url: `${only.url}/image.iso` });
    const result = await download(room, [only]);
    await expectDone(room);
    expect(result.resumed).toBe(2.5 * MIB + 7);
    expect(sentBy(only)).toBeLessThanOrEqual(2.5 * MIB + 2 * MIB);
    const wanted = rangesOf(only).filter(([start, end]) => end - start > 64 * 1024);
    expect(wanted.sort(([a], [b]) => a - b)).toEqual([
      [MIB, 2 * MIB],
      [2.5 * MIB, 4 * MIB],
    ]);
  });

  it.each([
    ['longer than the file', 2_000_000],
    ['as long as the file', 1_000_000],
    ['shorter than the file', 400_000],
  ])('does not trust a part that is %s, of which nothing is recorded', async (_, length) => {
    const room = await createRoom(1_000_000);
    await writeFile(`${room.destination}.part`, Buffer.alloc(length, 'x'));
    const server = await room.serve();
    for (const size of [1_000_000, undefined]) {
      expect(await download(room, [server], { size, replace: true })).toMatchObject({ resumed: 0 });
      await expectDone(room);
      await writeFile(room.destination, 'something else');
    }
  });

  it.each([
    ['was edited', true, (bytes: Buffer) => bytes.fill(0, 0, MIB)],
    ['was edited while its process was killed', false, (bytes: Buffer) => bytes.fill(0, MIB, 2 * MIB)],
    ['was cut', true, (bytes: Buffer) => bytes.subarray(0, 1_000)],
    ['is empty', false, () => Buffer.alloc(0)],
  ])('does not trust a part that %s', async (_, clean, change) => {
    const room = await createRoom(3 * MIB);
    await leavePart(room, [[0, 2 * MIB]], { clean });
    const part = `${room.destination}.part`;
    await writeFile(part, change(await readFile(part)));
    await download(room, [await room.serve()]);
    await expectDone(room);
  });

  it('does not go on with a record of another file', async () => {
    const room = await createRoom(3 * MIB);
    const digests = { sha256: sha256Of(Buffer.from('another')) };
    await leavePart(room, [[0, 2 * MIB]], { bytes: Buffer.alloc(3 * MIB, 'x'), digests });
    const only = await room.serve();
    expect(await download(room, [only])).toMatchObject({ resumed: 0 });
    expect(sentBy(only)).toBe(3 * MIB);
    await expectDone(room);
  });

  it('leaves little to be fetched twice, however often it is paused', async () => {
    const room = await createRoom(24 * MIB + 3);
    const { length } = room.content;
    const [most, pauses] = [3, 20];
    const server = await room.serve({ totalRate: 16 * MIB });
    let at = 0;
    let count = 0;
    for (let isDone = false; !isDone;) {
      const { resumed, last, finished } = await run(
        room,
        server,
        count < pauses ? 20 + ((count * 61) % 150) : Infinity,
      );
      // What was told to be there is there, and is not told to be missing later.
      expect(resumed).toBeGreaterThanOrEqual(at);
      at = last;
      isDone = finished;
      if (!isDone) count++;
    }
    await expectDone(room);
    expect(count).toBeGreaterThan(10);
    // What each connection held unread, in the server, on the way and here.
    expect(sentBy(server)).toBeLessThan(length + count * most * 2 * MIB);
    expect(Math.max(...room.heard('transfer').map(({ connections }) => connections))).toBeLessThanOrEqual(most);
  }, 60_000);

  it('takes over the lock of a process that is gone, and of another boot', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const self = await thisProcess();
    for (const owner of [
      { ...self, pid: child.pid, started: '1' },
      { ...self, boot: 'another', started: '1' },
      { ...self, started: '1' },
    ]) {
      await writeFile(`${room.destination}.part.lock`, JSON.stringify(owner));
      await download(room, [server], { replace: true });
      expect(await room.list()).toEqual(['image.iso']);
      await writeFile(room.destination, 'something else');
    }
  });

  it('respects the lock of another machine', async () => {
    const room = await createRoom(1_000);
    const owner = { pid: 1, host: 'elsewhere.example', boot: '', started: '' };
    await writeFile(`${room.destination}.part.lock`, JSON.stringify(owner));
    const server = await room.serve();
    const controller = new AbortController();
    room.engine.events.once('waiting', () => {
      controller.abort(new Error('enough'));
    });
    await expect(download(room, [server], {}, { signal: controller.signal })).rejects.toThrow('enough');
    expect(room.heard('waiting')).toMatchObject([{ error: { code: 'DOWNLOAD_BUSY' } }]);
    expect(server.requests).toEqual([]);
    expect(await room.list()).toEqual(['image.iso.part.lock']);
  });
});

/** One run of a download that is paused after a while; what it told of itself. */
async function run(
  room: Room,
  server: FileServer,
  ms: number,
): Promise<{ readonly resumed: number; readonly last: number; readonly finished: boolean }> {
  const controller = new AbortController();
  const timer = ms === Infinity ? undefined : setTimeout(() => controller.abort(new Error('pause')), ms);
  const before = room.heard('transfer').length;
  const options = { signal: controller.signal, connections: { perJob: 3, perHost: 3 } };
  const finished = await download(room, [server], {}, options).then(
    () => true,
    (error: unknown) => {
      expect((error as Error).message).toBe('pause');
      return false;
    },
  );
  clearTimeout(timer);
  const reports = room.heard('transfer').slice(before);
  for (const [index, { done }] of reports.entries()) expect(done).toBeGreaterThanOrEqual(reports[index - 1]?.done ?? 0);
  const resumed = reports[0]?.resumed ?? Infinity;
  return { resumed, last: reports.at(-1)?.done ?? 0, finished };
}
