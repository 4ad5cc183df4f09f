import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import type { FileServer } from '../../../test/src/servers/index.ts';
import { codeOf, createRoom, download, PLUGINS, type Room } from './support.ts';

const ENTRY = new URL('../../dist/index.js', import.meta.url).href;

/** Another process that downloads the room's file through the built package. */
function startChild(room: Room, server: FileServer): ChildProcess {
  const { content, sha256, destination } = room;
  const job = { label: 'child', urls: [`${server.url}/image.iso`], size: content.length, sha256, destination };
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

async function untilPartHas(room: Room, bytes: number): Promise<number> {
  const limit = Date.now() + 20_000;
  while (Date.now() < limit) {
    const { size } = await stat(`${room.destination}.part`).catch(() => ({ size: 0 }));
    if (size >= bytes) return size;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the other process downloads nothing');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a download that was interrupted', () => {
  it('goes on after its process was killed, and fetches nothing twice', async () => {
    const room = await createRoom(6_000_000);
    const slow = await room.serve({ rate: 4_000_000 });
    const child = startChild(room, slow);
    try {
      await untilPartHas(room, 2_000_000);
    } finally {
      await kill(child);
    }
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.lock']);
    const { size } = await stat(`${room.destination}.part`);

    const fast = await room.serve();
    const result = await download(room, [fast]);
    expect(result).toMatchObject({ resumed: size, size: room.content.length });
    expect(result.origins[0]).toEqual({ mirror: undefined, start: 0, end: size });
    expect(fast.requests).toMatchObject([{ range: `bytes=${size}-`, sent: room.content.length - size }]);
    expect(room.heard('resume')).toEqual([{ label: 'test/1/live/amd64', bytes: size }]);
    expect(room.heard('progress')).toContainEqual({
      step: 'hash',
      label: 'test/1/live/amd64',
      done: size,
      total: size,
    });
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
    expect(await room.list()).toEqual(['image.iso']);
  });

  it('refuses to write beside another process', async () => {
    const room = await createRoom(6_000_000);
    const slow = await room.serve({ rate: 2_000_000 });
    const child = startChild(room, slow);
    try {
      await untilPartHas(room, 1_000_000);
      const error: unknown = await download(room, [slow]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'DOWNLOAD_BUSY' });
      expect((error as Error).message).toContain(String(child.pid));
      expect(slow.requests).toHaveLength(1);
    } finally {
      await kill(child);
    }
  });

  it('refuses to write beside another download of the same process', async () => {
    const room = await createRoom(1_000_000);
    const slow = await room.serve({ rate: 2_000_000 });
    const both = await Promise.all([codeOf(download(room, [slow])), codeOf(download(room, [slow]))]);
    expect(both.sort()).toEqual(['DOWNLOAD_BUSY', undefined]);
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
  });

  it('stops when asked to, leaves no lock, and goes on later', async () => {
    const room = await createRoom(4_000_000);
    const slow = await room.serve({ rate: 4_000_000 });
    const controller = new AbortController();
    room.engine.events.on('progress', ({ done }) => {
      if (done > 1_500_000) controller.abort(new Error('enough'));
    });
    await expect(download(room, [slow], {}, { signal: controller.signal })).rejects.toThrow('enough');
    expect(await room.list()).toEqual(['image.iso.part']);
    const { size } = await stat(`${room.destination}.part`);
    expect(size).toBeGreaterThan(1_500_000);
    room.engine.events.removeAllListeners('progress');
    expect(await download(room, [await room.serve()])).toMatchObject({ resumed: size });
  });

  it.each([0, 10, 50])('stops in the middle of retries, %s ms after the first one', async (ms) => {
    const room = await createRoom(1_000);
    const busy = await room.serve({ fault: { kind: 'status', status: 503 } });
    const controller = new AbortController();
    room.engine.events.once('failover', () => setTimeout(() => controller.abort(new Error('enough')), ms));
    const options = { signal: controller.signal, patience: { backoffMs: 60_000 } };
    await expect(download(room, [busy], {}, options)).rejects.toThrow('enough');
    expect(await room.list()).toEqual([]);
  });

  it('needs no server when only the renaming was missing', async () => {
    const room = await createRoom();
    await writeFile(`${room.destination}.part`, room.content);
    const result = await download(room, [{ url: 'http://127.0.0.1:9' }]);
    expect(result).toMatchObject({ resumed: room.content.length });
    expect(await room.list()).toEqual(['image.iso']);
  });

  it.each([
    ['longer than the file', 2_000_000],
    ['as long as the file, but something else', 1_000_000],
    ['shorter than the file, and something else', 400_000],
  ])('does not trust a part that is %s', async (_, length) => {
    const room = await createRoom(1_000_000);
    await writeFile(`${room.destination}.part`, Buffer.alloc(length, 'x'));
    const server = await room.serve();
    await download(room, [server]);
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
    expect(server.requests.at(-1)).toMatchObject({ range: undefined, sent: 1_000_000 });
  });

  it('does not trust a part that proves to be longer than the file', async () => {
    const room = await createRoom(1_000_000);
    await writeFile(`${room.destination}.part`, Buffer.alloc(1_500_000, 'x'));
    const server = await room.serve();
    await download(room, [server], { size: undefined });
    expect((await readFile(room.destination)).equals(room.content)).toBe(true);
    expect(server.requests.map(({ status }) => status)).toEqual([416, 200]);
  });

  it('takes over the lock of a process that is gone, and of another boot', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const { hostname } = await import('node:os');
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')).trim();
    for (const owner of [
      { pid: child.pid, host: hostname(), boot, started: '1' },
      { pid: process.pid, host: hostname(), boot: 'another', started: '1' },
      { pid: process.pid, host: hostname(), boot, started: '1' },
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
    expect(await codeOf(download(room, [await room.serve()]))).toBe('DOWNLOAD_BUSY');
    expect(await room.list()).toEqual(['image.iso.part.lock']);
  });
});
