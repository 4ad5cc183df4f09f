import { describe, expect, it } from 'vitest';

import { createRoom, download, expectDone } from './support.ts';

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
  const answer = { start: 0, end: 1_000, total: 1_000, validators: {}, address: 'odd://somewhere', digests: {} };
  const body = (next: () => Promise<never>): object => ({ [Symbol.asyncIterator]: () => ({ next }) });

  it.each<[string, object, string]>([
    ['never gives a body', { ...answer, body: body(() => new Promise(() => undefined)) }, 'DOWNLOAD_STALLED'],
    ['starts somewhere', { ...answer, start: 7, body: body(() => new Promise(() => undefined)) }, 'DOWNLOAD_BAD_RANGE'],
    ['ends before it starts', { ...answer, start: 0, end: -5, body: [] }, 'PLUGIN_OUTPUT_INVALID'],
    ['has no body', answer, 'PLUGIN_OUTPUT_INVALID'],
    ['throws in its body', { ...answer, body: body(() => Promise.reject(new Error('no'))) }, 'DOWNLOAD_CONNECTION'],
  ])('that %s is given up for another one', async (_, response, code) => {
    const room = await createRoom(1_000);
    room.engine.own.transport({ name: 'odd', schemes: ['odd'], open: async () => response as never });
    const good = await room.serve({ fault: { kind: 'slow-first-byte', ms: 500 }, faultyRequests: 1 });
    await download(room, [{ url: 'odd://somewhere' }, good]);
    await expectDone(room);
    const [first] = room.heard('failover');
    expect(first).toMatchObject({ mirror: 'odd://somewhere/image.iso', error: { code } });
  });

  it('is loaded before any mirror is asked, so that no mirror is given up for it', async () => {
    const room = await createRoom(1_000);
    const { content } = room;
    let isLoaded = false;
    room.engine.own.transport({
      name: 'odd',
      schemes: ['odd'],
      prepare: async () => {
        isLoaded = true;
      },
      async open({ start, end = content.length }) {
        if (!isLoaded) return await new Promise<never>(() => undefined);
        const body = (async function* () {
          yield [Uint8Array.from(content.subarray(start, end))];
        })();
        return { ...answer, start, end, total: content.length, body } as never;
      },
    });
    await download(room, [{ url: 'odd://somewhere' }]);
    expect(room.heard('failover')).toEqual([]);
    await expectDone(room);
  });

  it('may use its buffers again, but only when the next batch is asked for', async () => {
    const room = await createRoom(300_000);
    const { content } = room;
    const reuse: unknown[] = [];
    async function* batches(start: number, end: number): AsyncGenerator<readonly Uint8Array[]> {
      const buffer = Buffer.alloc(1_000);
      for (let at = start; at < end; at += buffer.length) {
        const half = Math.min(500, end - at);
        content.copy(buffer, 0, at, Math.min(end, at + buffer.length));
        yield [buffer.subarray(0, half), buffer.subarray(half, Math.min(buffer.length, end - at))];
        buffer.fill(0);
      }
    }
    room.engine.own.transport({
      name: 'odd',
      schemes: ['odd'],
      async open(request) {
        reuse.push(request.reuse);
        const { start, end = content.length } = request;
        return { ...answer, start, end, total: content.length, body: batches(start, end) } as never;
      },
    });
    await download(room, [{ url: 'odd://somewhere' }]);
    await expectDone(room);
    expect(new Set(reuse)).toEqual(new Set([true]));
  });
});
