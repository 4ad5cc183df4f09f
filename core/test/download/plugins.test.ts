import { describe, expect, it } from 'vitest';

import { createRoom, download } from './support.ts';

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
