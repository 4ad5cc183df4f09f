import { describe, expect, it } from 'vitest';

import { createRoom, download, expectDone, IMPATIENT, leavePart, rangesOf, sentBy } from './support.ts';

const MIB = 1024 * 1024;
/** Of the map of a small file. */
const PIECE = MIB / 4;
/** What samples may cost in all. */
const SAMPLES = 512 * 1024;

describe('a download from several mirrors', () => {
  // Skipped: connections are added while the first one still waits for its answer.
  it('takes one request when there is one mirror and nothing goes wrong', async () => {
    const room = await createRoom();
    const only = await room.serve();
    const result = await download(room, [only]);
    await expectDone(room);
    const { length } = room.content;
    expect(result).toMatchObject({ size: length, resumed: 0, path: room.destination, verified: true });
    expect(only.requests).toMatchObject([{ range: `bytes=0-${length - 1}`, status: 206, sent: length }]);
    expect(room.heard('transfer').at(-1)).toMatchObject({ done: length, total: length, resumed: 0 });
    expect(result.digests).toEqual({ sha256: room.sha256 });
  });

  it('comes from all of them at once, each byte from one', async () => {
    const room = await createRoom(10 * MIB + 1);
    const mirrors = [await room.serve({ rate: 8 * MIB }), await room.serve({ rate: 8 * MIB })];
    const result = await download(room, mirrors);
    await expectDone(room);
    const { length } = room.content;
    // In the order of the file, without gaps, at the bounds of pieces.
    for (const [index, { start, end }] of result.origins.entries()) {
      expect(start).toBe(result.origins[index - 1]?.end ?? 0);
      expect(end === length || end % PIECE === 0).toBe(true);
    }
    expect(result.origins.at(-1)?.end).toBe(length);
    const urls = mirrors.map(({ url }) => `${url}/image.iso`);
    expect(new Set(result.origins.map(({ mirror }) => mirror))).toEqual(new Set(urls));
    const shares = new Map(
      room
        .heard('transfer')
        .at(-1)
        ?.mirrors.map(({ mirror, bytes }) => [mirror, bytes]),
    );
    for (const url of urls) expect(shares.get(url)).toBeGreaterThan(length / 5);
    // A server whose lease was cut has sent a little more than was read.
    expect(sentBy(...mirrors)).toBeLessThan(length * 1.02 + SAMPLES + 2 * MIB);
    expect(room.heard('failover')).toEqual([]);
  });

  it('goes on to the byte where a mirror broke off', async () => {
    const room = await createRoom();
    const { length } = room.content;
    const only = await room.serve({ fault: { kind: 'drop', after: 1_300_000 }, faultyRequests: 1 });
    const result = await download(room, [only]);
    await expectDone(room);
    expect(result.origins).toEqual([{ mirror: `${only.url}/image.iso`, start: 0, end: length }]);
    expect(only.requests).toMatchObject([
      { range: `bytes=0-${length - 1}`, sent: 1_300_000 },
      { range: `bytes=1300000-${length - 1}`, status: 206, sent: length - 1_300_000 },
    ]);
    expect(room.heard('failover')).toMatchObject([
      { mirror: `${only.url}/image.iso`, error: { code: 'DOWNLOAD_CONNECTION', pluginId: undefined } },
    ]);
  });

  it('leaves to others what a mirror that broke off did not send, and nothing else', async () => {
    const room = await createRoom(6 * MIB);
    const { length } = room.content;
    const weak = await room.serve({ fault: { kind: 'drop', after: 1_300_000 }, rate: 8 * MIB });
    const good = await room.serve({ rate: 8 * MIB });
    await download(room, [weak, good]);
    await expectDone(room);
    expect(sentBy(weak, good)).toBeLessThan(length + 2 * SAMPLES);
    expect(new Set(room.heard('failover').map(({ mirror }) => mirror))).toEqual(new Set([`${weak.url}/image.iso`]));
  });

  it.each([
    ['ends early', { kind: 'short-body', after: 1_000 }, 'DOWNLOAD_SHORT_BODY'],
    ['breaks off', { kind: 'drop', after: 1_000 }, 'DOWNLOAD_CONNECTION'],
    ['resets', { kind: 'reset', after: 1_000 }, 'DOWNLOAD_CONNECTION'],
    ['falls silent', { kind: 'stall', after: 1_000 }, 'DOWNLOAD_STALLED'],
    ['never answers', { kind: 'slow-first-byte', ms: 60_000 }, 'DOWNLOAD_STALLED'],
    ['does not have the file', { kind: 'status', status: 404 }, 'DOWNLOAD_HTTP_STATUS'],
    ['is overloaded', { kind: 'status', status: 503 }, 'DOWNLOAD_HTTP_STATUS'],
    ['has a shorter file', { kind: 'wrong-total', by: -5 }, 'DOWNLOAD_SIZE_MISMATCH'],
    ['has a longer file', { kind: 'wrong-total', by: 5 }, 'DOWNLOAD_SIZE_MISMATCH'],
    ['redirects for ever', { kind: 'redirect-loop' }, 'DOWNLOAD_REDIRECT'],
    ['redirects to a local file', { kind: 'redirect', to: 'file:///etc/passwd' }, 'DOWNLOAD_REDIRECT'],
    ['compresses', { kind: 'encoded' }, 'DOWNLOAD_BAD_RANGE'],
    ['shows a web page', { kind: 'web-page' }, 'DOWNLOAD_WEB_PAGE'],
  ] as const)('leaves the work to the other mirror when one %s', async (_, fault, code) => {
    const room = await createRoom(1_500_000);
    // Slow enough for the faulty one to be found out.
    const [bad, good] = [await room.serve({ fault }), await room.serve({ rate: 1_000_000 })];
    await download(room, [bad, good], {}, { patience: { ...IMPATIENT, openMs: 300 } });
    await expectDone(room);
    const failures = room.heard('failover');
    expect(failures[0]).toMatchObject({ mirror: `${bad.url}/image.iso`, error: { code } });
    expect(failures.map(({ mirror }) => mirror)).not.toContain(`${good.url}/image.iso`);
  });

  it.each([
    ['ignores ranges', { kind: 'ignore-range' }],
    ['shifts ranges', { kind: 'lying-range', shift: 7 }],
    ['answers in parts', { kind: 'multipart' }],
    ['refuses ranges', { kind: 'unsatisfiable' }],
  ] as const)('skips what is there when the only mirror left %s', async (_, fault) => {
    const room = await createRoom(2_500_000);
    await leavePart(room, [[0, 700_000]]);
    const only = await room.serve({ fault });
    const result = await download(room, [only]);
    await expectDone(room);
    expect(result).toMatchObject({
      resumed: 700_000,
      origins: [
        { mirror: undefined, start: 0, end: 3 * PIECE },
        { mirror: `${only.url}/image.iso`, start: 3 * PIECE, end: 2_500_000 },
      ],
    });
    expect(only.requests.at(-1)).toMatchObject({ status: 200 });
    // The whole file once.
    // At most once for a sample, which it cannot send alone, and once for the rest.
    expect(only.requests.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(2);
  });

  it('compares what is there with the whole file that a mirror sends', async () => {
    const room = await createRoom(2_500_000);
    await leavePart(room, [[0, 700_000]], { bytes: Buffer.alloc(2_500_000, 'x') });
    const only = await room.serve({ fault: { kind: 'ignore-range' } });
    await download(room, [only]);
    await expectDone(room);
    expect(sentBy(only)).toBeLessThan(3 * 2_500_000);
  });

  it('does not mind that lengths are not said', async () => {
    const room = await createRoom(1_500_000);
    await leavePart(room, [[0, 700_000]]);
    const only = await room.serve({ fault: { kind: 'no-length' } });
    await download(room, [only]);
    await expectDone(room);
    expect(sentBy(only)).toBeLessThan(1_500_000 - 700_000 + SAMPLES);
  });

  it('goes on as long as every attempt brings something, with a mirror that drops every connection', async () => {
    const room = await createRoom(6_000_000);
    const only = await room.serve({ fault: { kind: 'drop', after: 1_200_000 } });
    const result = await download(room, [only]);
    await expectDone(room);
    expect(only.requests).toHaveLength(5);
    expect(sentBy(only)).toBe(6_000_000);
    expect(result.origins).toHaveLength(1);
  });

  it('forgets what a mirror sent when that proves to be of a longer file', async () => {
    const room = await createRoom(3_500_000);
    const content = Buffer.concat([Buffer.alloc(3_500_000), Buffer.alloc(100)]);
    const first = await room.serve({ content, fault: { kind: 'no-length' } });
    const second = await room.serve();
    await download(room, [first, second]);
    await expectDone(room);
    const failures = room.heard('failover');
    expect(new Set(failures.map(({ mirror }) => mirror))).toEqual(new Set([`${first.url}/image.iso`]));
    expect(failures[0]?.error.category).toBe('verification');
  });

  it.each([408, 425, 429, 500, 503])('asks again after a status %i', async (status) => {
    const room = await createRoom(1_000);
    const only = await room.serve({ fault: { kind: 'status', status }, faultyRequests: 2 });
    await download(room, [only]);
    await expectDone(room);
    expect(only.requests).toHaveLength(3);
  });

  it('gives up after three attempts that bring little, says why, and keeps what is there', async () => {
    const room = await createRoom(1_500_000);
    const busy = await room.serve({ fault: { kind: 'status', status: 503 } });
    const weak = await room.serve({ fault: { kind: 'drop', after: 100_000 } });
    const empty = await room.serve({ fault: { kind: 'status', status: 404 } });
    const error: unknown = await download(room, [busy, weak, empty]).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_ALL_MIRRORS_FAILED', category: 'network' });
    for (const { url } of [busy, weak, empty]) expect((error as Error).message).toContain(url);
    expect(empty.requests).toHaveLength(1);
    // Those of three connections that were under way when the third one failed come on top.
    for (const { requests } of [busy, weak]) {
      expect(requests.length).toBeGreaterThanOrEqual(3);
      expect(requests.length).toBeLessThanOrEqual(5);
    }
    expect(room.heard('failover').at(-1)).toMatchObject({ next: undefined });
    expect(await room.list()).toEqual(['image.iso.part', 'image.iso.part.resume']);
    const left = room.heard('transfer').at(-1)?.done ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(await download(room, [await room.serve()])).toMatchObject({ resumed: left });
  });

  it('fails at once when there is no mirror', async () => {
    const room = await createRoom(10);
    const hint = expect.not.stringContaining('catalog') as string;
    await expect(download(room, [])).rejects.toMatchObject({ code: 'DOWNLOAD_NO_ADDRESSES', hint });
    expect(await room.list()).toEqual([]);
  });

  it('names schemes that nothing can open, and takes the next mirror', async () => {
    const room = await createRoom(1000);
    const good = await room.serve();
    await download(room, [{ url: 'gopher://127.0.0.1' }, good]);
    await expectDone(room);
    expect(room.heard('failover')).toMatchObject([{ error: { code: 'PLUGIN_NOT_FOUND' } }]);
  });
});

describe('a download of unknown size', () => {
  it('takes it from what most servers say', async () => {
    const room = await createRoom(1_500_000);
    const first = await room.serve({ fault: { kind: 'drop', after: 500_000 } });
    const other = await room.serve({ fault: { kind: 'wrong-total', by: 9 } });
    const third = await room.serve();
    await download(room, [other, first, third], { size: undefined });
    await expectDone(room);
    expect(room.heard('failover').map(({ mirror }) => mirror)).not.toContain(`${third.url}/image.iso`);
    // One byte each, to learn the size, was all that was asked of the one that was outvoted before its answer was seen.
    expect(rangesOf(other)[0]).toEqual([0, 1]);
  });

  it('survives that this server was the wrong one', async () => {
    const room = await createRoom(1_500_000);
    const liar = await room.serve({ fault: { kind: 'wrong-total', by: 9 } });
    const honest = await room.serve();
    await download(room, [liar, honest], { size: undefined });
    await expectDone(room);
  });

  it('survives that this server was the wrong one and broke off', async () => {
    const room = await createRoom(1_500_000);
    const long = Buffer.concat([room.content, Buffer.alloc(100)]);
    const liar = await room.serve({ content: long, fault: { kind: 'drop', after: 300_000 } });
    const honest = await room.serve();
    await download(room, [liar, honest], { size: undefined });
    await expectDone(room);
  });

  it('ends with the body when no server says a length', async () => {
    const room = await createRoom(1_500_000);
    const silent = await room.serve({ fault: { kind: 'no-length' } });
    await download(room, [silent], { size: undefined });
    await expectDone(room);
  });
});
