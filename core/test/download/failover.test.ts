import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';

import type { DownloadResult } from '../../src/download/job.ts';
import { createRoom, download, type Room } from './support.ts';

async function expectDone(room: Room, result: DownloadResult): Promise<void> {
  expect(result.size).toBe(room.content.length);
  expect((await readFile(room.destination)).equals(room.content)).toBe(true);
  expect(await room.list()).toEqual(['image.iso']);
}

describe('a download from several mirrors', () => {
  it('comes from the first mirror when nothing goes wrong', async () => {
    const room = await createRoom();
    const first = await room.serve();
    const second = await room.serve();
    const result = await download(room, [first, second]);
    await expectDone(room, result);
    expect(result).toMatchObject({ resumed: 0, path: room.destination });
    expect(first.requests).toMatchObject([{ range: undefined, status: 200 }]);
    expect(second.requests).toEqual([]);
    const { length } = room.content;
    expect(room.heard('progress').at(-1)).toMatchObject({ step: 'download', done: length, total: length });
  });

  it('goes on where the first mirror broke off', async () => {
    const room = await createRoom();
    const first = await room.serve({ fault: { kind: 'drop', after: 1_300_000 } });
    const second = await room.serve();
    const result = await download(room, [first, second]);
    await expectDone(room, result);
    const { length } = room.content;
    expect(result.origins).toMatchObject([
      { mirror: `${first.url}/image.iso`, start: 0, end: 1_300_000 },
      { mirror: `${second.url}/image.iso`, start: 1_300_000, end: length },
    ]);
    expect(first.requests).toMatchObject([{ range: undefined, sent: 1_300_000 }]);
    expect(second.requests).toMatchObject([{ range: 'bytes=1300000-', status: 206, sent: length - 1_300_000 }]);
    expect(room.heard('failover')).toMatchObject([
      {
        mirror: `${first.url}/image.iso`,
        next: `${second.url}/image.iso`,
        error: { code: 'DOWNLOAD_CONNECTION', pluginId: undefined },
      },
    ]);
  });

  it.each([
    ['ends early', { kind: 'short-body', after: 1_000_000 }, 'DOWNLOAD_SHORT_BODY'],
    ['falls silent', { kind: 'stall', after: 1_000_000 }, 'DOWNLOAD_STALLED'],
    ['never answers', { kind: 'slow-first-byte', ms: 60_000 }, 'DOWNLOAD_STALLED'],
    ['does not have the file', { kind: 'status', status: 404 }, 'DOWNLOAD_HTTP_STATUS'],
    ['is overloaded', { kind: 'status', status: 503 }, 'DOWNLOAD_HTTP_STATUS'],
    ['has a shorter file', { kind: 'wrong-total', by: -5 }, 'DOWNLOAD_SIZE_MISMATCH'],
    ['has a longer file', { kind: 'wrong-total', by: 5 }, 'DOWNLOAD_SIZE_MISMATCH'],
    ['redirects for ever', { kind: 'redirect-loop' }, 'DOWNLOAD_REDIRECT'],
    ['redirects to a local file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'DOWNLOAD_REDIRECT'],
    ['compresses', { kind: 'encoded' }, 'DOWNLOAD_BAD_RANGE'],
  ] as const)('takes the next mirror when one %s', async (_, fault, code) => {
    const room = await createRoom(1_500_000);
    const mirrors = [await room.serve({ fault }), await room.serve()];
    await expectDone(room, await download(room, mirrors));
    expect(room.heard('failover')).toMatchObject([{ error: { code } }]);
  });

  it.each([
    ['ignores ranges', { kind: 'ignore-range' }, [200]],
    ['shifts ranges', { kind: 'lying-range', shift: 7 }, [206, 200]],
    ['answers in parts', { kind: 'multipart' }, [206, 200]],
    ['refuses ranges', { kind: 'unsatisfiable' }, [416, 200]],
    ['does not say lengths', { kind: 'no-length' }, [206, 200]],
  ] as const)('skips what is there when the only mirror left %s', async (_, fault, statuses) => {
    const room = await createRoom(1_500_000);
    const first = await room.serve({ fault: { kind: 'drop', after: 700_000 } });
    const second = await room.serve({ fault });
    room.engine.events.once('failover', () => void first.close());
    const result = await download(room, [first, second]);
    await expectDone(room, result);
    expect(result.origins.map(({ start }) => start)).toEqual([0, 700_000]);
    expect(second.requests.map(({ status }) => status)).toEqual(statuses);
  });

  it('goes round again, with a mirror that drops every connection', async () => {
    const room = await createRoom(6_000_000);
    const only = await room.serve({ fault: { kind: 'drop', after: 1_200_000 } });
    const result = await download(room, [only]);
    await expectDone(room, result);
    expect(only.requests).toHaveLength(5);
    expect(result.origins).toHaveLength(1);
  });

  it('forgets what a mirror sent when that proves to be of a longer file', async () => {
    const room = await createRoom(1_500_000);
    const content = Buffer.concat([Buffer.alloc(1_500_000), Buffer.alloc(100)]);
    const first = await room.serve({ content, fault: { kind: 'no-length' } });
    const second = await room.serve();
    await expectDone(room, await download(room, [first, second]));
    expect(room.heard('failover')).toMatchObject([{ error: { code: 'DOWNLOAD_SIZE_MISMATCH' } }]);
    expect(second.requests).toMatchObject([{ range: undefined }]);
  });

  it.each([408, 425, 429, 500, 503])('asks again after a status %i', async (status) => {
    const room = await createRoom(1_000);
    const only = await room.serve({ fault: { kind: 'status', status }, faultyRequests: 2 });
    await expectDone(room, await download(room, [only]));
    expect(only.requests).toHaveLength(3);
  });

  it('gives up after three rounds that bring little, says why, and keeps what is there', async () => {
    const room = await createRoom(1_500_000);
    const busy = await room.serve({ fault: { kind: 'status', status: 503 } });
    const weak = await room.serve({ fault: { kind: 'drop', after: 100_000 } });
    const empty = await room.serve({ fault: { kind: 'status', status: 404 } });
    const error: unknown = await download(room, [busy, weak, empty]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_ALL_MIRRORS_FAILED', category: 'network' });
    for (const { url } of [busy, weak, empty]) expect((error as Error).message).toContain(url);
    expect([busy, weak, empty].map(({ requests }) => requests.length)).toEqual([3, 3, 1]);
    expect(room.heard('failover').at(-1)).toMatchObject({ mirror: `${weak.url}/image.iso`, next: undefined });
    expect(await room.list()).toEqual(['image.iso.part']);
  });

  it('fails at once when there is no mirror', async () => {
    const room = await createRoom(10);
    await expect(download(room, [])).rejects.toMatchObject({ code: 'DOWNLOAD_NO_MIRRORS' });
    expect(await room.list()).toEqual([]);
  });

  it('names schemes that nothing can open, and takes the next mirror', async () => {
    const room = await createRoom(1000);
    const good = await room.serve();
    await expectDone(room, await download(room, [{ url: 'gopher://127.0.0.1' }, good]));
    expect(room.heard('failover')).toMatchObject([{ error: { code: 'PLUGIN_NOT_FOUND' } }]);
  });
});

describe('a download of unknown size', () => {
  it('takes it from the first server that answers', async () => {
    const room = await createRoom(1_500_000);
    const first = await room.serve({ fault: { kind: 'drop', after: 500_000 } });
    const other = await room.serve({ fault: { kind: 'wrong-total', by: 9 } });
    const third = await room.serve();
    await expectDone(room, await download(room, [first, other, third], { size: undefined }));
    expect(room.heard('failover')).toMatchObject([
      { error: { code: 'DOWNLOAD_CONNECTION' } },
      { error: { code: 'DOWNLOAD_SIZE_MISMATCH' } },
    ]);
  });

  it('survives that this server was the wrong one', async () => {
    const room = await createRoom(1_500_000);
    const liar = await room.serve({ fault: { kind: 'wrong-total', by: 9 } });
    const honest = await room.serve();
    await expectDone(room, await download(room, [liar, honest], { size: undefined }));
  });

  it('survives that this server was the wrong one and broke off', async () => {
    const room = await createRoom(1_500_000);
    const long = Buffer.concat([room.content, Buffer.alloc(100)]);
    const liar = await room.serve({ content: long, fault: { kind: 'drop', after: 300_000 } });
    const honest = await room.serve();
    await expectDone(room, await download(room, [liar, honest], { size: undefined }));
  });

  it('ends with the body when no server says a length', async () => {
    const room = await createRoom(1_500_000);
    const silent = await room.serve({ fault: { kind: 'no-length' } });
    await expectDone(room, await download(room, [silent], { size: undefined }));
  });
});
