import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';

import type { RangeRequest, RangeResponse } from '@loopstick/core';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { makeCertificate } from '../../../test/src/servers/index.ts';
import { hostsWithoutProxy } from '../src/connections.ts';
import { createOpener } from '../src/open-range.ts';
import { answerOf, rawServer, type Answerer, type RawServer } from './raw-server.ts';

type Open = (request: RangeRequest) => Promise<RangeResponse>;
type Batches = AsyncIterator<readonly Uint8Array[], undefined>;

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  vi.unstubAllEnvs();
});

async function serve(answer: Answerer): Promise<RawServer> {
  const server = await rawServer(answer);
  ends.push(() => server.close());
  return server;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

const never = (): AbortSignal => new AbortController().signal;
const batchesOf = ({ body }: RangeResponse): Batches => body[Symbol.asyncIterator]() as Batches;

async function textOf(open: Open, url: string): Promise<string> {
  const { body } = await open({ url, start: 0, signal: never() });
  let text = '';
  for await (const batch of body) text += Buffer.concat(batch).toString();
  return text;
}

/** Sends bytes without end, as fast as they are taken, and counts those that went into the socket. */
function flood(headers: readonly string[]): { readonly answer: Answerer; sent: number } {
  const state = {
    sent: 0,
    answer: ((socket) => {
      const block = Buffer.alloc(256 * 1024);
      socket.write(answerOf(200, headers));
      const more = (): void => {
        for (let isOpen = true; isOpen && !socket.destroyed;) {
          isOpen = socket.write(block);
          state.sent += block.length;
        }
      };
      socket.on('drain', more);
      more();
    }) as Answerer,
  };
  return state;
}

/** Until a number stays the same for a while. */
async function settled(read: () => number): Promise<number> {
  for (let before = -1; ;) {
    const now = read();
    if (now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a reader that does not read', () => {
  it.each([true, false])('stops the server, and then gets everything (reuse: %s)', async (reuse) => {
    const source = flood([]);
    const server = await serve(source.answer);
    const buffer = 256 * 1024;
    const response = await createOpener()({ url: server.url, start: 0, buffer, reuse, signal: never() });
    const stuck = await settled(() => source.sent);
    const batches = batchesOf(response);
    const first = (await batches.next()).value ?? [];
    const held = first.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(held).toBeGreaterThanOrEqual(buffer);
    expect(held).toBeLessThanOrEqual(buffer + 128 * 1024);
    for (let got = held; got < stuck + 10 * buffer;) {
      const batch = (await batches.next()).value ?? [];
      const length = batch.reduce((sum, chunk) => sum + chunk.length, 0);
      expect(length).toBeLessThanOrEqual(buffer + 128 * 1024);
      got += length;
    }
    await batches.return?.();
  });

  it.each(['Connection: close', 'Connection: keep-alive'])('survives a reset meanwhile (%s)', async (connection) => {
    const server = await serve((socket) => {
      socket.write(answerOf(200, ['Content-Length: 1000000', connection], Buffer.alloc(1000)));
    });
    const response = await createOpener()({ url: server.url, start: 0, buffer: 1000, signal: never() });
    await turn();
    const [socket] = server.connections;
    socket?.write(Buffer.alloc(2000));
    await turn();
    socket?.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const batches = batchesOf(response);
    expect(Buffer.concat((await batches.next()).value ?? []).length).toBeGreaterThanOrEqual(1000);
    await expect(
      (async () => {
        for (let step = await batches.next(); step.done !== true;) step = await batches.next();
      })(),
    ).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });
});

describe('a kept connection', () => {
  const ok = answerOf(200, ['Content-Length: 2'], 'ok');

  it('is used again', async () => {
    const server = await serve((socket) => void socket.write(ok));
    const open = createOpener();
    expect(await textOf(open, server.url)).toBe('ok');
    expect(await textOf(open, server.url)).toBe('ok');
    expect(server.connections).toHaveLength(1);
  });

  it.each(['end', 'reset'])('that the server gives up is no failure: %s', async (how) => {
    const server = await serve((socket, _, connection, request) => {
      if (connection > 0 || request === 0) socket.write(ok);
      else if (how === 'end') socket.end();
      else socket.resetAndDestroy();
    });
    const open = createOpener();
    expect(await textOf(open, server.url)).toBe('ok');
    expect(await textOf(open, server.url)).toBe('ok');
    expect(server.heads).toHaveLength(3);
  });

  it('is a failure when it is new, or has begun to answer', async () => {
    const rude = await serve((socket) => void socket.resetAndDestroy());
    await expect(textOf(createOpener(), rude.url)).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
    expect(rude.heads).toHaveLength(1);

    const server = await serve((socket, _, __, request) => {
      if (request === 0) socket.write(ok);
      else socket.end('HTTP/1.1 2');
    });
    const open = createOpener();
    await textOf(open, server.url);
    await expect(textOf(open, server.url)).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
    expect(server.heads).toHaveLength(2);
  });

  it('is not one that a reader left early', async () => {
    const server = await serve((socket) => void socket.write(answerOf(200, ['Content-Length: 9'], 'ok')));
    const open = createOpener();
    const { body } = await open({ url: server.url, start: 0, signal: never() });
    const closed = once(server.connections[0] as never, 'close');
    for await (const batch of body) {
      expect(Buffer.concat(batch).toString()).toBe('ok');
      break;
    }
    await closed;
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it('comes before everything', async () => {
    const server = await serve(() => undefined);
    const request = { url: server.url, start: 0, signal: AbortSignal.abort(reason) };
    await expect(createOpener()(request)).rejects.toBe(reason);
    expect(server.connections).toHaveLength(0);
  });

  it('ends the attempt to connect', async () => {
    // Nobody accepts: the few places in the queue are taken.
    const server = createServer();
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 });
    await once(server, 'listening');
    ends.push(() => new Promise((resolve) => server.close(resolve)));
    const { port } = server.address() as AddressInfo;
    const sockets: unknown[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const controller = new AbortController();
    const opening = createOpener()({ url: `http://127.0.0.1:${port}`, start: 0, signal: controller.signal });
    // In the same turn, so that not even a fast system has connected.
    controller.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sockets).toHaveLength(0);
  });

  it.each([
    ['while it waits for the answer', ''],
    ['in the middle of the head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ])('closes the connection %s', async (_, begun) => {
    const controller = new AbortController();
    const server = await serve((socket) => {
      socket.write(begun);
      setImmediate(() => controller.abort(reason));
    });
    const opening = createOpener()({ url: server.url, start: 0, signal: controller.signal });
    await expect(opening).rejects.toBe(reason);
    const [socket] = server.connections;
    if (socket?.destroyed === false) await new Promise((resolve) => socket.once('close', resolve));
  });

  it.each([1000, 1_000_000])('closes it in the middle of a body, with a buffer of %i', async (buffer) => {
    const controller = new AbortController();
    const server = await serve(flood([]).answer);
    const response = await createOpener()({ url: server.url, start: 0, buffer, signal: controller.signal });
    const batches = batchesOf(response);
    await batches.next();
    controller.abort(reason);
    await expect(batches.next()).rejects.toBe(reason);
    expect((await batches.next()).done).toBe(true);
    const [socket] = server.connections;
    if (socket?.destroyed === false) await new Promise((resolve) => socket.once('close', resolve));
  });

  it('leaves no listener behind', async () => {
    const server = await serve((socket) => void socket.write(answerOf(200, ['Content-Length: 2'], 'ok')));
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    const { body } = await createOpener()({ url: server.url, start: 0, signal });
    for await (const batch of body) expect(batch).toHaveLength(1);
    expect(add).toHaveBeenCalledTimes(1);
    expect(remove.mock.calls.map(([, listener]) => listener)).toContain(add.mock.calls[0]?.[1]);
  });
});

describe('TLS', () => {
  it.each([
    ['127.0.0.1', 'signed by nobody'],
    ['mirror.example', 'for another host'],
  ])('with a certificate for %s that is %s is an error of its own', async (address) => {
    const server = createTlsServer(await makeCertificate([address]), (_, response) => response.end('ok'));
    const port = await listen(server);
    const opening = textOf(createOpener(), `https://127.0.0.1:${port}/`);
    await expect(opening).rejects.toMatchObject({ code: 'DOWNLOAD_TLS', cause: { code: expect.any(String) } });
  });

  it('that is none is an error of its own', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    const port = await listen(server);
    await expect(textOf(createOpener(), `https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'DOWNLOAD_TLS' });
  });
});

it('a host without an address has an error of its own', async () => {
  await expect(textOf(createOpener(), 'http://no-such-host.invalid/')).rejects.toMatchObject({
    code: 'DOWNLOAD_NAME',
    cause: { code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) },
  });
});

describe('a proxy', () => {
  interface Proxy {
    readonly url: string;
    readonly seen: string[];
  }

  /** Names are resolved by the proxy, if at all: everything leads to one port, or nowhere. */
  async function proxy(port?: number): Promise<Proxy> {
    const seen: string[] = [];
    const server = createHttpServer();
    server.on('connect', (request, socket) => {
      seen.push(request.url ?? '');
      socket.on('error', () => undefined);
      if (port === undefined) {
        socket.destroy();
        return;
      }
      const onward = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.on('error', () => socket.destroy());
      socket.on('close', () => onward.destroy());
      onward.pipe(socket).pipe(onward);
    });
    const url = `http://127.0.0.1:${await listen(server)}`;
    vi.stubEnv('http_proxy', url);
    vi.stubEnv('https_proxy', url);
    vi.stubEnv('no_proxy', '');
    return { url, seen };
  }

  const portOf = ({ url }: RawServer): number => Number(new URL(url).port);

  it('is taken from the environment, but not for this machine', async () => {
    const server = await serve((socket) => void socket.end(answerOf(200, ['Content-Length: 2'], 'ok')));
    const { seen } = await proxy(portOf(server));
    const open = createOpener();
    expect(await textOf(open, 'http://mirror.invalid/f')).toBe('ok');
    expect(seen).toEqual(['mirror.invalid:80']);
    expect(await textOf(open, server.url)).toBe('ok');
    expect(seen).toHaveLength(1);
  });

  it('is no way around a wrong certificate', async () => {
    const server = createTlsServer(await makeCertificate(['mirror.invalid']), (_, response) => response.end('ok'));
    const { seen } = await proxy(await listen(server));
    await expect(textOf(createOpener(), 'https://mirror.invalid/f')).rejects.toMatchObject({ code: 'DOWNLOAD_TLS' });
    expect(seen).toEqual(['mirror.invalid:443']);
  });

  it('that hangs up is an error, and is not asked again and again', async () => {
    const { seen } = await proxy();
    await expect(textOf(createOpener(), 'http://mirror.invalid/f')).rejects.toMatchObject({
      code: 'DOWNLOAD_CONNECTION',
    });
    expect(seen).toHaveLength(1);
  });

  it.each(['Connection: close', 'Connection: keep-alive'])('is paused, and survives a reset (%s)', async (header) => {
    const source = flood([header, 'Content-Length: 1000000000000']);
    const server = await serve(source.answer);
    await proxy(portOf(server));
    const request = { url: 'http://mirror.invalid/f', start: 0, buffer: 100_000, signal: never() };
    const batches = batchesOf(await createOpener()(request));
    const stuck = await settled(() => source.sent);
    let got = Buffer.concat((await batches.next()).value ?? []).length;
    expect(got).toBeLessThanOrEqual(200_000);
    while (got < stuck + 1_000_000) got += Buffer.concat((await batches.next()).value ?? []).length;
    server.connections[0]?.resetAndDestroy();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect(
      (async () => {
        for (let step = await batches.next(); step.done !== true;) step = await batches.next();
      })(),
    ).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });
});

it.each([
  ['', ',localhost,127.0.0.1,[::1]'],
  ['.example.org,10.0.0.1', '.example.org,10.0.0.1,localhost,127.0.0.1,[::1]'],
  ['*', '*'],
])('adds this machine to the hosts that need no proxy: %j', (named, all) => {
  expect(hostsWithoutProxy(named)).toBe(all);
});
