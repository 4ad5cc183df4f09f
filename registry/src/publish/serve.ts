import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';

import { systemCode } from '@loopstick/core';

import { readRegistrySettings, registryFolder } from './registry-folder.ts';

export interface RegistryServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Shows a registry to this machine, for trying. Any web server does the same and more.
 * @param port a free one when it is 0
 * @throws LoopstickError REGISTRY_NOT_FOUND; the system's own errors
 */
export async function serveRegistry(directory: string, port: number): Promise<RegistryServer> {
  const folder = registryFolder(directory);
  await readRegistrySettings(folder);
  const shown = dirname(folder.metadata);
  const server = createServer((request, response) => {
    answer(request, response, shown).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

// What a registry has: folders and files with plain names, of which none begins with a dot.
const PATH = /^\/(?:[a-z0-9][a-z0-9.-]*\/)*[a-z0-9][A-Za-z0-9.+-]*\.(?:json|tgz)$/;

async function answer(request: IncomingMessage, response: ServerResponse, shown: string): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
  const bytes = PATH.test(url) ? await readIfThere(join(shown, url)) : undefined;
  if (bytes === undefined) return void response.writeHead(404).end();
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`;
  const headers = { etag, 'cache-control': 'no-cache' };
  if (request.headers['if-none-match'] === etag) return void response.writeHead(304, headers).end();
  response.writeHead(200, { ...headers, 'content-type': typeOf(url), 'content-length': bytes.length });
  response.end(method === 'HEAD' ? undefined : bytes);
}

function typeOf(url: string): string {
  return url.endsWith('.tgz') ? 'application/gzip' : 'application/json';
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}
