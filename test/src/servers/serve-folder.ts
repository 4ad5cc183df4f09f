import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { faultOf, type Fault } from './fault.ts';
import { planAnswer } from './plan-answer.ts';
import { sendBody } from './send-body.ts';

export interface ServeOptions {
  /** Its regular files are served by name; nothing below it is. */
  readonly folder: string;
  readonly fault?: Fault | undefined;
  /** The fault shows in the first so many requests only. Default: in all. */
  readonly faultyRequests?: number | undefined;
  /** Bytes a second, over each connection. Default: as fast as it goes. */
  readonly rate?: number | undefined;
}

/** One request, in the order of arrival; `sent` grows while the body goes out. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** The Range header as it came. */
  readonly range: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  status: number;
  sent: number;
}

export interface FileServer {
  /** Without a slash at the end: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  /** Ends all connections at once. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 64;

/** Serves the files of a folder over HTTP on the loopback interface, with ranges, and with a fault when asked for. */
export async function serveFolder(options: ServeOptions): Promise<FileServer> {
  const requests: LoggedRequest[] = [];
  const closing = new AbortController();
  const server = createServer((request, response) => {
    const { method = 'GET', url: path = '/', headers } = request;
    const entry: LoggedRequest = { method, path, range: headers.range, headers, status: 0, sent: 0 };
    requests.push(entry);
    const fault = requests.length > (options.faultyRequests ?? Infinity) ? undefined : options.fault;
    // A client that goes away is an everyday event here.
    response.on('error', () => undefined);
    answer({ ...options, fault }, request, response, entry, closing.signal).catch(() => response.destroy());
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async close() {
      closing.abort();
      server.closeAllConnections();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function answer(
  { folder, fault, rate }: ServeOptions,
  request: IncomingMessage,
  response: ServerResponse,
  entry: LoggedRequest,
  stop: AbortSignal,
): Promise<void> {
  const slow = faultOf(fault, 'slow-first-byte');
  if (slow !== undefined) await sleep(slow.ms, undefined, { signal: stop });
  const plan = await planAnswer({ folder, path: entry.path, range: entry.range, fault });
  entry.status = plan.status;
  response.writeHead(plan.status, plan.headers);
  if (plan.body === undefined || request.method === 'HEAD') {
    response.end();
    return;
  }
  const onSent = (bytes: number): void => {
    entry.sent += bytes;
  };
  await sendBody({ ...plan.body, fault, rate, response, onSent, stop });
}
