import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

/** What stands in place of a file: other bytes, a status, or whatever answers. */
export type Lie = string | Uint8Array | number | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server for the static files of a registry, which lies when it is told to. */
export interface Web {
  readonly url: string;
  /** The folder that it shows. */
  folder: string;
  /** By path: `/metadata/timestamp.json`. */
  readonly lies: Map<string, Lie>;
  /** Of all requests so far: path, and the status of the answer. */
  readonly requests: { readonly path: string; status: number }[];
  close(): Promise<void>;
}

export async function openWeb(folder: string): Promise<Web> {
  const server = createServer((request, response) => {
    const entry = { path: request.url ?? '', status: 0 };
    web.requests.push(entry);
    response.once('close', () => (entry.status = response.statusCode));
    answer(web, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const web: Web = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    folder,
    lies: new Map(),
    requests: [],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return web;
}

async function answer(web: Web, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? '';
  const lie = web.lies.get(path);
  if (typeof lie === 'function') {
    lie(request, response);
    return;
  }
  if (typeof lie === 'number') return void response.writeHead(lie).end();
  const body = lie ?? (await readFile(join(web.folder, path)).catch(() => undefined));
  if (body === undefined) return void response.writeHead(404).end();
  const etag = `"${createHash('sha256').update(body).digest('hex')}"`;
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, { etag }).end();
  response.writeHead(200, { etag, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Never ends, as fast as it goes. */
export function endless(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200);
  const more = (): void => {
    if (response.destroyed) return;
    if (response.write(Buffer.alloc(64 * 1024, ' '))) setImmediate(more);
    else response.once('drain', more);
  };
  more();
}

/** Sends one byte now and then, for ever. */
export function slow(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
}
