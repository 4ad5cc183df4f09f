import { describe, expect, it } from 'vitest';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { MirrorStrategy } from '../../src/engine/hooks.ts';
import { parseSettings } from '../../src/engine/settings.ts';
import { createRoom, download, PLUGINS, type Room } from './support.ts';

/** The room with an engine whose mirror strategy is this one. */
async function withStrategy(room: Room, rank: MirrorStrategy['rank']): Promise<{ room: Room; warnings: unknown[] }> {
  const settings = parseSettings({ mirrors: { strategy: 'test' } }, 'test');
  const engine: Engine = await createEngine({ context: room.engine.context, plugins: PLUGINS, settings });
  engine.own.mirrorStrategy({ name: 'test', description: 'test', rank });
  const warnings: unknown[] = [];
  engine.events.on('warning', (warning) => warnings.push(warning));
  return { room: { ...room, engine }, warnings };
}

describe('the mirror strategy', () => {
  it('decides the order, and what is left out', async () => {
    const room = await createRoom(1_000);
    const servers = [await room.serve(), await room.serve(), await room.serve()];
    const broken = { kind: 'status', status: 404 } as const;
    servers.push(await room.serve({ fault: broken }));
    const { room: own, warnings } = await withStrategy(room, async (candidates, { size }) => {
      expect(size).toBe(1_000);
      return [3, 1].map((index) => ({ url: candidates[index]!.url, reason: 'for a test' }));
    });
    await download(own, servers);
    expect(servers.map(({ requests }) => requests.length)).toEqual([0, 1, 0, 1]);
    expect(warnings).toEqual([]);
  });

  it.each<[string, () => unknown, string]>([
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      'PLUGIN_TAP_FAILED',
    ],
    ['returns nonsense', () => 'fast', 'PLUGIN_OUTPUT_INVALID'],
    ['returns an empty place', () => [null], 'PLUGIN_OUTPUT_INVALID'],
    ['makes up a mirror', () => [{ url: 'http://127.0.0.1:9/evil', reason: 'evil' }], 'PLUGIN_OUTPUT_INVALID'],
  ])('that %s costs its advice and not the download', async (_, rank, code) => {
    const room = await createRoom(1_000);
    const servers = [await room.serve(), await room.serve()];
    const { room: own, warnings } = await withStrategy(room, (async () => rank()) as unknown as MirrorStrategy['rank']);
    await download(own, servers);
    expect(servers.map(({ requests }) => requests.length)).toEqual([1, 0]);
    expect(warnings).toMatchObject([{ code }]);
  });

  it('that leaves out every mirror leaves nothing to download from', async () => {
    const { room } = await withStrategy(await createRoom(1_000), async () => []);
    await expect(download(room, [await room.serve()])).rejects.toMatchObject({ code: 'DOWNLOAD_NO_MIRRORS' });
  });
});

describe('plugins that listen', () => {
  it('are told before and after', async () => {
    const room = await createRoom(1_000);
    const told: unknown[] = [];
    for (const event of ['beforeDownload', 'afterDownload'] as const) {
      room.engine.own.lifecycle(event, 'test', async ({ subject }) => {
        told.push([event, subject['label'], await room.list()]);
      });
    }
    await download(room, [await room.serve()]);
    expect(told).toEqual([
      ['beforeDownload', 'test/1/live/amd64', []],
      ['afterDownload', 'test/1/live/amd64', ['image.iso']],
    ]);
  });

  it('may refuse, before anything happens', async () => {
    const room = await createRoom(1_000);
    const server = await room.serve();
    room.engine.own.lifecycle('beforeDownload', 'test', async ({ refuse }) => {
      refuse('not today');
    });
    await expect(download(room, [server])).rejects.toMatchObject({ code: 'PLUGIN_REFUSED' });
    expect(server.requests).toEqual([]);
    expect(await room.list()).toEqual([]);
  });
});

describe('a transport', () => {
  it.each<[string, unknown]>([
    [
      'never gives a body',
      {
        start: 0,
        total: 1_000,
        etag: undefined,
        body: { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) },
      },
    ],
    ['starts somewhere', { start: 7, total: 1_000, etag: undefined, body: [] }],
    [
      'throws in its body',
      {
        start: 0,
        total: 1_000,
        etag: undefined,
        body: { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no')) }) },
      },
    ],
  ])('that %s is given up for another one', async (_, response) => {
    const room = await createRoom(1_000);
    room.engine.own.transport({ name: 'odd', schemes: ['odd'], open: async () => response as never });
    const good = await room.serve();
    await download(room, [{ url: 'odd://somewhere' }, good]);
    expect(room.heard('failover')).toHaveLength(1);
  });

  it('may use its buffers again', async () => {
    const room = await createRoom(300_000);
    const { content } = room;
    async function* body(): AsyncGenerator<Uint8Array> {
      const buffer = Buffer.alloc(1_000);
      for (let at = 0; at < content.length; at += buffer.length) {
        content.copy(buffer, 0, at);
        yield buffer;
      }
    }
    room.engine.own.transport({
      name: 'odd',
      schemes: ['odd'],
      open: async () => ({ start: 0, total: content.length, etag: undefined, body: body() }),
    });
    await download(room, [{ url: 'odd://somewhere' }]);
    expect(await room.list()).toEqual(['image.iso']);
  });
});
