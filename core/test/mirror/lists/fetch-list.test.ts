import type { ServerResponse } from 'node:http';

import { describe, expect, it } from 'vitest';

import { fetchList, LIST_LIMITS, type ListLimits } from '../../../src/mirror/lists/fetch-list.ts';
import { codeOf } from '../../download/support.ts';
import { never } from '../../engine/support.ts';
import { listRoom, serveLists, type ListServer } from './support.ts';

const LARGE = 64 * 1024;

/** The code of what comes of fetching from a server that answers so. */
async function codeWith(
  answer: (response: ServerResponse) => void,
  limits?: Partial<ListLimits>,
): Promise<{ code: unknown; server: ListServer }> {
  const server = await serveLists(answer);
  const { engine } = await listRoom();
  const fetching = fetchList(engine, `${server.url}/list`, never(), { ...LIST_LIMITS, ...limits });
  return { code: await codeOf(fetching), server };
}

/** Sends as long as somebody reads. */
function sendForever(response: ServerResponse): void {
  const chunk = Buffer.alloc(LARGE, 'https://a.example/\n');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', more);
  more();
}

describe('a list', () => {
  it('is what the server sends, redirects included', async () => {
    const server = await serveLists((response, { url }) => {
      if (url === '/list') response.end('https://a.example/\n');
      else response.writeHead(302, { location: '/list' }).end();
    });
    const { engine } = await listRoom();
    const document = await fetchList(engine, `${server.url}/elsewhere`, never());
    expect(Buffer.from(document).toString()).toBe('https://a.example/\n');
    expect(server.requests).toEqual(['/elsewhere', '/list']);
  });

  it('may be as long as the limit', async () => {
    const server = await serveLists((response) => response.end('x'.repeat(LARGE)));
    const { engine } = await listRoom();
    const document = await fetchList(engine, server.url, never(), { ...LIST_LIMITS, bytes: LARGE });
    expect(document).toHaveLength(LARGE);
  });
});

describe('a list is cut off', () => {
  it('when it says that it has 10 MB, before any of it is read', async () => {
    const { code } = await codeWith((response) => {
      response.writeHead(200, { 'content-length': 10_000_000 });
      response.flushHeaders();
    });
    expect(code).toBe('MIRROR_LIST_TOO_LARGE');
  });

  it('when it has no end', async () => {
    let sent: ServerResponse | undefined;
    const { code } = await codeWith((response) => sendForever((sent = response)));
    expect(code).toBe('MIRROR_LIST_TOO_LARGE');
    expect(sent?.socket?.bytesWritten ?? 0).toBeLessThan(4 * LIST_LIMITS.bytes);
  });

  it('when one byte too many comes', async () => {
    const { code } = await codeWith((response) => response.writeHead(200).end('x'.repeat(LARGE + 1)), { bytes: LARGE });
    expect(code).toBe('MIRROR_LIST_TOO_LARGE');
  });

  it('when it does not come in time', async () => {
    expect((await codeWith(() => undefined, { ms: 50 })).code).toBe('MIRROR_LIST_UNREACHABLE');
    const { code } = await codeWith((response) => response.write('https://a.example/\n'), { ms: 50 });
    expect(code).toBe('MIRROR_LIST_UNREACHABLE');
  });
});

describe('a list cannot be fetched', () => {
  it.each<[string, (response: ServerResponse) => void]>([
    ['that is not there', (response) => response.writeHead(404).end('https://a.example/')],
    ['from a server that fails', (response) => response.writeHead(503).end()],
    [
      'that breaks off',
      (response) => response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy()),
    ],
    ['that leads in circles', (response) => response.writeHead(302, { location: '/' }).end()],
    ['that leads to a file', (response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end()],
    ['without an answer', (response) => response.socket?.destroy()],
  ])('%s', async (_, answer) => {
    expect((await codeWith(answer)).code).toBe('MIRROR_LIST_UNREACHABLE');
  });

  it('once it is given up', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const server = await serveLists(() => stop.abort(reason));
    const { engine } = await listRoom();
    await expect(fetchList(engine, server.url, stop.signal)).rejects.toBe(reason);
  });

  it('over a connection that others can read', async () => {
    const { engine } = await listRoom();
    const body = (async function* () {
      yield [];
    })();
    const rest = { start: 0, end: 0, total: 0, validators: {}, mediaType: undefined, fileName: undefined, digests: {} };
    engine.own.transport({
      name: 'test',
      schemes: ['test'],
      open: async () => ({ ...rest, address: 'http://elsewhere.example/', body }),
    });
    expect(await codeOf(fetchList(engine, 'test://list', never()))).toBe('MIRROR_LIST_UNREACHABLE');
  });
});
