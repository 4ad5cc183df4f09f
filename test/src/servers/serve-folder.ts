import { once } from 'node:events';
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { isIPv6 } from 'node:net';

import { answer } from './answer.ts';
import type { Certificate } from './certificate.ts';
import type { Exchange, LoggedRequest } from './exchange.ts';
import { behaviourOf, type Fault } from './fault.ts';
import { Gate } from './gate.ts';
import { Pacer } from './pacer.ts';

export interface ServeOptions {
  /** Its regular files are served by name; nothing below it is. */
  readonly folder: string;
  /** Answers every path with this file of the folder. */
  readonly only?: string | undefined;
  /** Several of them act in this order. */
  readonly fault?: Fault | readonly Fault[] | undefined;
  /** The fault shows in the first so many requests only, or in those that are chosen. Default: in all. */
  readonly faultyRequests?: number | ((request: LoggedRequest, index: number) => boolean) | undefined;
  /** Bytes a second, over each connection. Default: as fast as it goes. */
  readonly rate?: number | undefined;
  /** Bytes a second, over all connections together. */
  readonly totalRate?: number | undefined;
  /** Send so many bytes of bodies in all, and no more until `release` is called. */
  readonly hold?: { readonly after: number } | undefined;
  /** A loopback address. Default: 127.0.0.1; a host with another one is another mirror. */
  readonly address?: string | undefined;
  /** Zero, the default, takes any that is free. */
  readonly port?: number | undefined;
  /** Speak HTTPS. */
  readonly certificate?: Certificate | undefined;
}

export interface FileServer {
  /** Without a slash at the end: `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly requests: readonly LoggedRequest[];
  /** Requests that are being answered. */
  active(): number;
  /** The most requests that were being answered at the same time. */
  mostActive(): number;
  /** Resolves when everything was sent that goes out before `release`. Only with `hold`. */
  readonly held: Promise<void>;
  /** From now on everything is sent, however often this is called. */
  release(): void;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

const MOST_CONNECTIONS = 64;

/** Serves the files of a folder over HTTP on the loopback interface, with ranges, and with faults when asked for. */
export async function serveFolder(options: ServeOptions): Promise<FileServer> {
  const { address = '127.0.0.1', port = 0, certificate, totalRate, hold } = options;
  const requests: LoggedRequest[] = [];
  const closing = new AbortController();
  const behaviours = [options.fault ?? []].flat().map(behaviourOf);
  const connections = new Map<Socket, { readonly number: number; requests: number }>();
  const total = totalRate === undefined ? undefined : { rate: totalRate, pacer: new Pacer() };
  const gate = hold === undefined ? undefined : new Gate(hold.after);
  let active = 0;
  let mostActive = 0;

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const connection = connections.get(request.socket) ?? { number: connections.size + 1, requests: 0 };
    connections.set(request.socket, connection);
    const entry = logged(request, connection.number);
    const index = requests.length;
    const sentBefore = requests.reduce((sum, { sent }) => sum + sent, 0);
    requests.push(entry);
    active++;
    mostActive = Math.max(mostActive, active);
    response.once('close', () => active--);
    // A client that goes away is an everyday event here.
    response.on('error', () => undefined);
    const onConnection = connection.requests++;
    const exchange = { request, response, entry, index, onConnection, active, sentBefore, stop: closing.signal };
    const present = isFaulty(options.faultyRequests, exchange) ? behaviours : [];
    answer(exchange, { ...options, behaviours: present, total, gate }).catch(() => response.destroy());
  };
  const server = certificate === undefined ? createPlainServer(onRequest) : createTlsServer(certificate, onRequest);
  server.on('clientError', (_, socket) => socket.destroy());
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, address);
  await once(server, 'listening');
  const host = isIPv6(address) ? `[${address}]` : address;
  return {
    url: `${certificate === undefined ? 'http' : 'https'}://${host}:${(server.address() as AddressInfo).port}`,
    requests,
    active: () => active,
    mostActive: () => mostActive,
    held: gate?.reached ?? Promise.resolve(),
    release: () => gate?.open(),
    async close() {
      closing.abort();
      server.closeAllConnections();
      for (const socket of connections.keys()) socket.destroy();
      if (server.listening) {
        server.close();
        await once(server, 'close');
      }
    },
  };
}

function logged(request: IncomingMessage, connection: number): LoggedRequest {
  const { method = 'GET', url: path = '/', headers } = request;
  return { method, path, range: headers.range, headers, at: performance.now(), connection, status: 0, sent: 0 };
}

function isFaulty(which: ServeOptions['faultyRequests'], { entry, index }: Exchange): boolean {
  return typeof which === 'function' ? which(entry, index) : index < (which ?? Infinity);
}
