import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { RangeResponse } from '@loopstick/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { serveFolder, type Fault, type FileServer } from '../../../test/src/servers/index.ts';
import { USER_AGENT } from '../src/user-agent.ts';
import { createOpener } from '../src/open-range.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

let folder: string;
const servers: FileServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'loopstick-http-'));
  await writeFile(join(folder, 'image.iso'), CONTENT);
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

async function serve(fault?: Fault): Promise<FileServer> {
  const server = await serveFolder({ folder, fault });
  servers.push(server);
  return server;
}

async function open(url: string, start = 0, signal = new AbortController().signal): Promise<RangeResponse> {
  return createOpener()({ url, start, signal });
}

async function bytesOf({ body }: RangeResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const batch of body) chunks.push(...batch);
  return Buffer.concat(chunks);
}

describe('opening a range', () => {
  it('tells how long it took to connect, and nothing over a connection that was there', async () => {
    const server = await serve();
    let time = 1000;
    const opener = createOpener(Date.now, () => (time += 25));
    const request = { url: `${server.url}/image.iso`, start: 0, signal: new AbortController().signal };
    const first = await opener(request);
    expect(first.connectMs).toBe(25);
    await bytesOf(first);
    const second = await opener(request);
    expect(second.connectMs).toBeUndefined();
    await bytesOf(second);
  });

  it('gets the whole without asking for a range', async () => {
    const server = await serve();
    const response = await open(`${server.url}/image.iso`);
    expect(response).toMatchObject({
      start: 0,
      end: CONTENT.length,
      total: CONTENT.length,
      validators: { etag: expect.stringMatching(/^"/) },
    });
    expect((await bytesOf(response)).equals(CONTENT)).toBe(true);
    expect(server.requests[0]).toMatchObject({
      method: 'GET',
      range: undefined,
      headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity' },
    });
    expect(USER_AGENT).toMatch(/^Loopstick\/\d+\.\d+\.\d+ \(\+https:\/\/.+\)$/);
  });

  it('gets the rest', async () => {
    const server = await serve();
    const response = await open(`${server.url}/image.iso`, 123_456);
    expect(response).toMatchObject({ start: 123_456, total: CONTENT.length });
    expect((await bytesOf(response)).equals(CONTENT.subarray(123_456))).toBe(true);
  });

  it('says so when the server sends the whole instead', async () => {
    const server = await serve({ kind: 'ignore-range' });
    const response = await open(`${server.url}/image.iso`, 1000);
    expect(response).toMatchObject({ start: 0, total: CONTENT.length });
    await bytesOf(response);
  });

  it('does without a length at the start', async () => {
    const server = await serve({ kind: 'no-length' });
    const response = await open(`${server.url}/image.iso`);
    expect(response.total).toBeUndefined();
    expect(await bytesOf(response)).toHaveLength(CONTENT.length);
  });

  it.each([
    [{ kind: 'status', status: 404 }, 'DOWNLOAD_HTTP_STATUS'],
    [{ kind: 'status', status: 503 }, 'DOWNLOAD_HTTP_STATUS'],
    [{ kind: 'status', status: 204 }, 'DOWNLOAD_HTTP_STATUS'],
    [{ kind: 'unsatisfiable' }, 'DOWNLOAD_RANGE_UNSATISFIABLE'],
    [{ kind: 'lying-range', shift: 1 }, 'DOWNLOAD_BAD_RANGE'],
    [{ kind: 'multipart' }, 'DOWNLOAD_BAD_RANGE'],
    [{ kind: 'encoded' }, 'DOWNLOAD_BAD_RANGE'],
    [{ kind: 'redirect-loop' }, 'DOWNLOAD_REDIRECT'],
    [{ kind: 'redirect', to: 'file:///etc/passwd' }, 'DOWNLOAD_REDIRECT'],
  ] as const)('refuses the answer of a server with the fault %j', async (fault, code) => {
    const server = await serve(fault);
    await expect(open(`${server.url}/image.iso`, 1000)).rejects.toMatchObject({ code });
    if (fault.kind === 'redirect-loop') expect(server.requests).toHaveLength(11);
  });

  it('keeps the status on the cause', async () => {
    const server = await serve({ kind: 'status', status: 410 });
    await expect(open(`${server.url}/image.iso`)).rejects.toMatchObject({ cause: { status: 410 } });
  });

  it('follows a redirect, without the credentials of the first server', async () => {
    const second = await serve();
    const first = await serve({ kind: 'redirect', to: `${second.url}/image.iso` });
    const url = `${first.url.replace('http://', 'http://user:pa%20ss@')}/image.iso`;
    expect(await bytesOf(await open(url, 10))).toHaveLength(CONTENT.length - 10);
    const basic = `Basic ${Buffer.from('user:pa ss').toString('base64')}`;
    expect(first.requests[0]?.headers['authorization']).toBe(basic);
    expect(second.requests[0]?.headers['authorization']).toBeUndefined();
    expect(second.requests[0]?.range).toBe('bytes=10-');
  });

  it('never shows credentials or tokens', async () => {
    const server = await serve({ kind: 'status', status: 403 });
    const url = `${server.url.replace('http://', 'http://user:secret@')}/image.iso?token=secret`;
    const error: unknown = await open(url).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'DOWNLOAD_HTTP_STATUS' });
    expect((error as Error).message).toContain(`${server.url}/image.iso`);
    expect((error as Error).message).not.toContain('secret');
  });
});

describe('a connection', () => {
  it('that is refused keeps the system’s code', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await expect(open(`http://127.0.0.1:${port}/image.iso`)).rejects.toMatchObject({
      code: 'DOWNLOAD_CONNECTION',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('that breaks off is an error of the body', async () => {
    const server = await serve({ kind: 'drop', after: 100_000 });
    const response = await open(`${server.url}/image.iso`);
    await expect(bytesOf(response)).rejects.toMatchObject({ code: 'DOWNLOAD_CONNECTION' });
  });

  it('that is aborted says why, before the answer and after', async () => {
    const slow = await serve({ kind: 'slow-first-byte', ms: 60_000 });
    const early = new AbortController();
    setTimeout(() => early.abort(new Error('enough')), 50);
    await expect(open(`${slow.url}/image.iso`, 0, early.signal)).rejects.toThrow('enough');

    const stalled = await serve({ kind: 'stall', after: 1000 });
    const late = new AbortController();
    const response = await open(`${stalled.url}/image.iso`, 0, late.signal);
    setTimeout(() => late.abort(new Error('enough')), 50);
    await expect(bytesOf(response)).rejects.toThrow('enough');
  });

  it('may be let go of unread', async () => {
    const server = await serve({ kind: 'stall', after: 1000 });
    const controller = new AbortController();
    await open(`${server.url}/image.iso`, 0, controller.signal);
    controller.abort(new Error('enough'));
    // An error event that nobody listens to would fail the test run.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
});

describe('the plugin', () => {
  const entry = new URL('../dist/index.js', import.meta.url).href;
  const run = (program: string) =>
    promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { timeout: 20_000 });

  it('loads nothing of undici before the first range is opened', async () => {
    const { stdout } = await run(`
      import { createRequire } from 'node:module';
      const { default: plugin } = await import(${JSON.stringify(entry)});
      let transport;
      plugin.register({ transport: (offered) => (transport = offered) });
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('undici'));
      console.log(plugin.id, transport.schemes.join(), loaded.length);
    `);
    expect(stdout.trim()).toBe('transport-http http,https 0');
  });

  it('does not keep the process alive when all is done', async () => {
    const server = await serve();
    const { stdout } = await run(`
      const { default: plugin } = await import(${JSON.stringify(entry)});
      let transport;
      plugin.register({ transport: (offered) => (transport = offered) });
      const url = ${JSON.stringify(`${server.url}/image.iso`)};
      const { body } = await transport.open({ url, start: 0, signal: new AbortController().signal });
      for await (const chunk of body) void chunk;
      const done = performance.now();
      process.on('exit', () => console.log(performance.now() - done));
    `);
    // Connections are kept for 4 s; how long the process took to start does not count.
    expect(Number(stdout)).toBeLessThan(3_000);
  });
});
