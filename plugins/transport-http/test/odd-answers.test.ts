import type { RangeRequest, RangeResponse } from '@loopstick/core';
import { afterEach, describe, expect, it } from 'vitest';

import { createOpener } from '../src/open-range.ts';
import { answerOf, rawServer, type Answerer, type RawServer } from './raw-server.ts';

const BODY = '0123456789';

const servers: RawServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(answer: Answerer): Promise<RawServer> {
  const server = await rawServer(answer);
  servers.push(server);
  return server;
}

/** What a server that always answers so is understood to say. */
async function ask(answer: Buffer, request: Partial<RangeRequest> = {}): Promise<RangeResponse> {
  const server = await serve((socket) => void socket.end(answer));
  return createOpener(() => 0)({ url: `${server.url}/f`, start: 0, signal: new AbortController().signal, ...request });
}

async function textOf({ body }: RangeResponse): Promise<string> {
  let text = '';
  for await (const batch of body) text += Buffer.concat(batch).toString();
  return text;
}

const range = (text: string, length?: number): string[] => [
  `Content-Range: bytes ${text}`,
  ...(length === undefined ? ['Connection: close'] : [`Content-Length: ${length}`]),
];

describe('a 206', () => {
  const part = { start: 2, end: 6 };

  it.each([
    ['exactly what was asked for', range('2-5/10', 4), '2345', { start: 2, end: 6, total: 10 }],
    ['less, which is legal', range('2-3/10', 2), '23', { start: 2, end: 4, total: 10 }],
    ['without the total', range('2-5/*', 4), '2345', { start: 2, end: 6, total: undefined }],
    ['without a length', range('2-5/10'), '2345', { start: 2, end: 6, total: 10 }],
  ])('is taken with %s', async (_, headers, body, facts) => {
    const response = await ask(answerOf(206, headers, body), part);
    expect(response).toMatchObject(facts);
    expect(await textOf(response)).toBe(body);
  });

  it.each([
    ['another start', range('1-4/10', 4)],
    ['a later end', range('2-6/10', 5)],
    ['two lengths', range('2-5/10', 3)],
    ['no Content-Range', ['Content-Length: 4']],
    ['two of them', [...range('2-5/10', 4), 'Content-Range: bytes 2-5/10']],
    ['an end beyond the total', range('2-5/5', 4)],
    ['nonsense in it', range('two to five/10', 4)],
    ['several parts', [...range('2-5/10', 4), 'Content-Type: Multipart/ByteRanges; boundary=x']],
    ['a coding', [...range('2-5/10', 4), 'Content-Encoding: gzip']],
  ])('is refused with %s', async (_, headers) => {
    await expect(ask(answerOf(206, headers, BODY), part)).rejects.toMatchObject({ code: 'DOWNLOAD_BAD_RANGE' });
  });

  it('needs no Content-Range when it can only be the whole ask', async () => {
    const whole = answerOf(206, ['Content-Length: 10'], BODY);
    expect(await ask(whole, { start: 0, end: 10 })).toMatchObject({ start: 0, end: 10, total: undefined });
    for (const end of [9, 11, undefined]) {
      await expect(ask(whole, { start: 0, end })).rejects.toMatchObject({ code: 'DOWNLOAD_BAD_RANGE' });
    }
    await expect(ask(whole, { start: 1, end: 11 })).rejects.toMatchObject({ code: 'DOWNLOAD_BAD_RANGE' });
  });

  it('that is longer than its range yields the range, then an error', async () => {
    const response = await ask(answerOf(206, range('2-5/10'), '23456789'), part);
    const batches = response.body[Symbol.asyncIterator]() as AsyncIterator<readonly Uint8Array[], undefined>;
    expect(Buffer.concat((await batches.next()).value ?? []).toString()).toBe('2345');
    await expect(batches.next()).rejects.toMatchObject({ code: 'DOWNLOAD_BAD_RANGE' });
  });

  it('that is shorter than its length yields what came, then an error', async () => {
    const response = await ask(answerOf(206, range('2-5/10', 4), '23'), part);
    const batches = response.body[Symbol.asyncIterator]() as AsyncIterator<readonly Uint8Array[], undefined>;
    expect(Buffer.concat((await batches.next()).value ?? []).toString()).toBe('23');
    await expect(batches.next()).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });
});

describe('a 200', () => {
  it('is the whole, whatever was asked for', async () => {
    const response = await ask(answerOf(200, ['Content-Length: 10'], BODY), { start: 2, end: 6 });
    expect(response).toMatchObject({ start: 0, end: 10, total: 10 });
    expect(await textOf(response)).toBe(BODY);
  });

  it('says what the file is', async () => {
    const tag = '"v1"';
    const response = await ask(
      answerOf(200, [
        'Content-Length: 0',
        `ETag: ${tag}`,
        'Last-Modified: Sat, 21 Nov 2026 11:00:00 GMT',
        'Date: Sat, 21 Nov 2026 12:00:00 GMT',
        'Content-Type: Application/Octet-Stream; charset=binary',
        'Content-Disposition: attachment; filename="../a b.iso"',
        'Digest: SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
      ]),
    );
    expect(response).toMatchObject({
      validators: { etag: tag, lastModified: 'Sat, 21 Nov 2026 11:00:00 GMT', dateIsStrong: true },
      mediaType: 'application/octet-stream',
      fileName: '../a b.iso',
      digests: { sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' },
    });
    expect(response.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/f$/);
  });

  it('may say nothing at all', async () => {
    expect(await ask(answerOf(200, ['Content-Type: nonsense', 'Content-Disposition: ;;', 'Digest: x']))).toMatchObject({
      start: 0,
      end: undefined,
      total: undefined,
      validators: { etag: undefined, lastModified: undefined, dateIsStrong: false },
      mediaType: undefined,
      fileName: undefined,
      digests: {},
    });
  });

  it('is refused in a coding that nobody asked for', async () => {
    const coded = answerOf(200, ['Content-Encoding: gzip', 'Content-Length: 10'], BODY);
    await expect(ask(coded)).rejects.toMatchObject({ code: 'DOWNLOAD_BAD_RANGE' });
  });

  it('may follow early hints', async () => {
    const early = Buffer.concat([answerOf(103, ['Link: </x>']), answerOf(200, ['Content-Length: 10'], BODY)]);
    expect(await textOf(await ask(early))).toBe(BODY);
  });
});

describe('any other answer', () => {
  it.each([
    [429, ['Retry-After: 7'], 7_000],
    [503, ['Retry-After: Thu, 01 Jan 1970 00:01:00 GMT'], 60_000],
    [503, ['Retry-After: Sat, 21 Nov 2026 12:01:00 GMT', 'Date: Sat, 21 Nov 2026 12:00:00 GMT'], 60_000],
    [503, ['Retry-After: soon'], undefined],
    [404, [], undefined],
    [204, [], undefined],
    [304, [], undefined],
  ])('is an error with the facts: %i with %j', async (status, headers, retryAfterMs) => {
    await expect(ask(answerOf(status, [...headers, 'Content-Length: 0']))).rejects.toMatchObject({
      code: 'DOWNLOAD_HTTP_STATUS',
      cause: { status, retryAfterMs },
    });
  });

  it.each([
    ['bytes */7', 7],
    ['bytes */*', undefined],
  ])('tells the size of a file without such a range: %s', async (header, total) => {
    const answer = answerOf(416, [`Content-Range: ${header}`, 'Content-Length: 0']);
    await expect(ask(answer, { start: 9 })).rejects.toMatchObject({
      code: 'DOWNLOAD_RANGE_UNSATISFIABLE',
      cause: { status: 416, total },
    });
  });

  it.each(['SSH-2.0-OpenSSH_9.2\r\n', 'HTTP/1.1 2OO OK\r\n\r\n', ''])('may be no HTTP: %j', async (text) => {
    await expect(ask(Buffer.from(text))).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });

  it('may be a head without an end', async () => {
    const server = await serve((socket) => {
      const line = Buffer.from(`X-Long: ${'x'.repeat(8000)}\r\n`);
      const more = (): void => {
        while (!socket.destroyed && socket.write(line));
      };
      socket.write('HTTP/1.1 200 OK\r\n');
      socket.on('drain', more);
      more();
    });
    const request = { url: server.url, start: 0, signal: new AbortController().signal };
    await expect(createOpener()(request)).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });
});

it('sends the range, and the condition with it', async () => {
  const server = await serve((socket) => void socket.end(answerOf(200, ['Content-Length: 0'])));
  const open = createOpener();
  const signal = new AbortController().signal;
  await open({ url: server.url, start: 0, signal });
  await open({ url: server.url, start: 0, end: 10, signal });
  await open({ url: server.url, start: 5, signal, ifRange: '"v1"' });
  await open({ url: server.url, start: 5, end: 6, signal, ifRange: '"v1"' });
  const lines = server.heads.map((head) => head.split('\r\n').filter((line) => /^(if-)?range:/i.test(line)));
  expect(lines).toEqual([
    [],
    ['range: bytes=0-9'],
    ['range: bytes=5-', 'if-range: "v1"'],
    ['range: bytes=5-5', 'if-range: "v1"'],
  ]);
});

it('reads a head that comes byte by byte, while other bodies arrive', async () => {
  const head = answerOf(206, [...range('2-5/10', 4), 'ETag: "abc"'], '2345');
  const noise = Buffer.alloc(100_000, 'X: y\r\n');
  const slow = await serve(async (socket) => {
    socket.setNoDelay(true);
    for (const byte of head) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  const loud = await serve((socket) => {
    socket.write(answerOf(200, []));
    const more = (): void => {
      while (!socket.destroyed && socket.write(noise));
    };
    socket.on('drain', more);
    more();
  });
  const open = createOpener();
  const signal = new AbortController().signal;
  const { body } = await open({ url: loud.url, start: 0, signal });
  const reading = (async () => {
    for await (const batch of body) if (slow.connections[0]?.destroyed === true) return batch;
    return [];
  })();
  const response = await open({ url: slow.url, start: 2, end: 6, signal });
  expect(response).toMatchObject({ start: 2, end: 6, total: 10, validators: { etag: '"abc"' } });
  expect(await textOf(response)).toBe('2345');
  slow.connections[0]?.destroy();
  await reading;
});
