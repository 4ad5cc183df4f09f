import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as askTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { makeCertificate } from './certificate.ts';
import type { Fault } from './fault.ts';
import { serveFolder, type FileServer, type ServeOptions } from './serve-folder.ts';

const CONTENT = randomBytes(300_000);
let folder: string;
const servers: FileServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-servers-'));
  await writeFile(join(folder, 'image.iso'), CONTENT);
  await writeFile(join(folder, 'other.iso'), Buffer.alloc(CONTENT.length, 7));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function serve(fault?: Fault | readonly Fault[], options: Partial<ServeOptions> = {}): Promise<FileServer> {
  const server = await serveFolder({ folder, fault, ...options });
  servers.push(server);
  return server;
}

async function get({ url }: FileServer, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/image.iso`, { headers, signal: AbortSignal.timeout(5_000) });
}

async function bytesOf(response: Response): Promise<Buffer> {
  return Buffer.from(await response.arrayBuffer());
}

const RANGE = { range: 'bytes=1000-1999' };

describe('a test server without a fault', () => {
  it.each([
    ['bytes=1000-1999', 1000, 2000],
    ['bytes=299000-', 299_000, 300_000],
    ['bytes=299000-900000', 299_000, 300_000],
    ['bytes=-500', 299_500, 300_000],
  ])('answers %s', async (range, start, end) => {
    const response = await get(await serve(), { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/300000`);
    expect((await bytesOf(response)).equals(CONTENT.subarray(start, end))).toBe(true);
  });

  it('sends the whole for no range, and says 416 beyond the end', async () => {
    const server = await serve();
    expect((await bytesOf(await get(server))).equals(CONTENT)).toBe(true);
    const beyond = await get(server, { range: 'bytes=300000-' });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */300000']);
  });

  it('honours If-Range by tag and by date', async () => {
    const server = await serve();
    const { headers } = await get(server);
    const [etag, date] = [headers.get('etag') ?? '', headers.get('last-modified') ?? ''];
    const statuses = [];
    for (const condition of [etag, date, '"other"', `W/${etag}`, 'Sat, 01 Jan 2022 00:00:00 GMT']) {
      statuses.push((await get(server, { ...RANGE, 'if-range': condition })).status);
    }
    expect(statuses).toEqual([206, 206, 200, 200, 200]);
  });

  it('logs what it was asked and what it sent', async () => {
    const server = await serve();
    await bytesOf(await get(server, RANGE));
    expect(server.requests).toMatchObject([{ method: 'GET', path: '/image.iso', ...RANGE, status: 206, sent: 1000 }]);
  });

  it('holds back what is beyond so many bytes, over all answers, until it is released', async () => {
    const server = await serve([], { hold: { after: 1500 } });
    expect(await bytesOf(await get(server, RANGE))).toHaveLength(1000);
    const response = await get(server, RANGE);
    await server.held;
    expect(server.requests.map(({ sent }) => sent)).toEqual([1000, 500]);
    expect(server.active()).toBe(1);
    server.release();
    expect((await bytesOf(response)).equals(CONTENT.subarray(1000, 2000))).toBe(true);
  });

  it.each(['127.0.0.2', '::1'])('listens on %s', async (address) => {
    expect((await get(await serve([], { address }), RANGE)).status).toBe(206);
  });

  it('speaks HTTPS with a certificate that nobody trusts unasked', async () => {
    const certificate = await makeCertificate(['127.0.0.1']);
    const { url } = await serve([], { certificate });
    await expect(fetch(`${url}/image.iso`)).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const status = await new Promise((resolve, reject) => {
      askTls(`${url}/image.iso`, { ca: certificate.cert }, (response) => {
        resolve(response.statusCode);
        response.destroy();
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('keeps to its rates', async () => {
    const begun = performance.now();
    const shared = await serve([], { totalRate: 1_000_000 });
    await Promise.all([get(shared).then(bytesOf), get(shared).then(bytesOf)]);
    expect(performance.now() - begun).toBeGreaterThan(500);
  });
});

describe('a fault', () => {
  it.each<[Fault, number, Buffer | 'breaks']>([
    [{ kind: 'ignore-range' }, 200, CONTENT],
    [{ kind: 'lying-range', shift: 100 }, 206, CONTENT.subarray(900, 2000)],
    [{ kind: 'shifted-body', shift: 100 }, 206, CONTENT.subarray(900, 1900)],
    [{ kind: 'body-from-zero' }, 206, CONTENT.subarray(0, 1000)],
    [{ kind: 'no-content-range' }, 206, CONTENT.subarray(1000, 2000)],
    [{ kind: 'short-range', most: 10 }, 206, CONTENT.subarray(1000, 1010)],
    [{ kind: 'long-range', by: 1 }, 206, CONTENT.subarray(1000, 2001)],
    [{ kind: 'short-body', after: 10 }, 206, CONTENT.subarray(1000, 1010)],
    [{ kind: 'close-delimited' }, 206, CONTENT.subarray(1000, 2000)],
    [{ kind: 'encoded' }, 206, CONTENT.subarray(1000, 2000)],
    [{ kind: 'split-head' }, 206, CONTENT.subarray(1000, 2000)],
    [{ kind: 'drop', after: 10 }, 206, 'breaks'],
    [{ kind: 'reset', after: 10 }, 206, 'breaks'],
    [{ kind: 'length-off', by: 5 }, 206, 'breaks'],
    [{ kind: 'swap', to: 'other.iso', afterRequests: 0 }, 206, Buffer.alloc(1000, 7)],
  ])('%j does what it says', async (fault, status, body) => {
    const response = await get(await serve(fault), RANGE);
    expect(response.status).toBe(status);
    if (body === 'breaks') await expect(bytesOf(response)).rejects.toThrow();
    else expect((await bytesOf(response)).equals(body)).toBe(true);
  });

  it.each<[Fault, string]>([
    [{ kind: 'close-at-once' }, 'UND_ERR_SOCKET'],
    [{ kind: 'reset-at-once' }, 'ECONNRESET'],
    [{ kind: 'not-http' }, 'HPE_INVALID_CONSTANT'],
    [{ kind: 'endless-head' }, 'UND_ERR_HEADERS_OVERFLOW'],
  ])('%j ends the connection', async (fault, code) => {
    await expect(get(await serve(fault))).rejects.toMatchObject({ cause: { code } });
  });

  it('that changes the file changes what it is recognised by', async () => {
    const server = await serve({ kind: 'swap', to: 'other.iso', afterRequests: 1 });
    const [before, after] = [await get(server), await get(server)];
    expect(after.headers.get('etag')).not.toBe(before.headers.get('etag'));
    expect((await bytesOf(after)).equals(CONTENT)).toBe(false);
  });

  it('of addresses that expire shows at the address, and not at the one that leads there', async () => {
    const server = await serve({ kind: 'signed-addresses', uses: 1 });
    const first = await get(server);
    expect(first.status).toBe(200);
    expect((await fetch(first.url)).status).toBe(403);
    expect((await get(server)).status).toBe(200);
  });

  it('may show in some requests only, and together with others', async () => {
    const faults: Fault[] = [{ kind: 'no-validators' }, { kind: 'status', status: 503, retryAfter: 7 }];
    const server = await serve(faults, { faultyRequests: ({ range }) => range !== undefined });
    const failed = await get(server, RANGE);
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([503, '7']);
    expect((await get(server)).headers.get('etag')).not.toBeNull();
  });

  it('of too many at once counts those that are being answered', async () => {
    const server = await serve({ kind: 'busy-above', most: 1, status: 429 }, { rate: 600_000 });
    const both = await Promise.all([get(server), get(server)]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 429]);
  });
});
