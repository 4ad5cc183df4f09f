import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { LoggedRequest } from '../servers/exchange.ts';
import { NOT_FOUND, planAnswer } from '../servers/plan-answer.ts';
import { Course } from './course.ts';
import { SeededBytes } from './seeded.ts';
import type { MirrorSpec } from './spec.ts';

/** Path of the file on every mirror. */
const FILE_PATH = '/image.iso';
/** Another file of the same name is longer by so many bytes. */
const STALE_EXTRA = 123_457;
/** So many bytes of the file are wrong at a mirror that flips some. */
const FLIPS = 8;
const LAST_MODIFIED = 'Thu, 07 Aug 2025 10:00:00 GMT';

/** A body on its way. */
export interface Sink {
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
  readonly bytes: SeededBytes;
  /** What remains to be sent, from here … */
  at: number;
  /** … to before this. */
  readonly end: number;
  /** Monotonic milliseconds of the first byte over this connection. */
  readonly connectedAt: number;
  /** Bytes that the connection may take by now. */
  tokens: number;
}

/** One listener that behaves as one mirror does. What it may send when, the laboratory decides. */
export class MirrorServer {
  readonly spec: MirrorSpec;
  readonly sinks: Set<Sink>;
  readonly #server: Server;
  readonly #seed: string;
  readonly #size: number;
  readonly #connections = new Map<Socket, { readonly number: number; answeredAt?: number }>();
  course: Course;
  requests: LoggedRequest[] = [];
  /** Bytes that may be sent by now. */
  tokens = 0;
  sent = 0;
  mostAtOnce = 0;
  #active = new Set<ServerResponse>();

  constructor(spec: MirrorSpec, seed: string, size: number) {
    this.spec = spec;
    this.sinks = new Set();
    this.#seed = seed;
    this.#size = size;
    this.course = new Course(spec, '');
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** @returns the file's address */
  async listen(address: string): Promise<string> {
    this.#server.listen(0, address);
    await once(this.#server, 'listening');
    return `http://${address}:${(this.#server.address() as AddressInfo).port}${FILE_PATH}`;
  }

  /** As if nobody had ever been here. */
  reset(seed: string): void {
    for (const socket of this.#connections.keys()) socket.destroy();
    this.#connections.clear();
    this.sinks.clear();
    this.course = new Course(this.spec, seed);
    this.requests = [];
    this.tokens = 0;
    this.sent = 0;
    this.mostAtOnce = 0;
    this.#active = new Set();
  }

  get connections(): number {
    return this.#connections.size;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  /**
   * Takes note of what is going on. Asked now and then and not at each request: the end of a request that a client has
   * given up may be noticed later than the next one of the same client.
   */
  observe(): void {
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#active.size);
  }

  /** Sends the next bytes of a body. */
  pour(sink: Sink, length: number): void {
    const bytes = sink.bytes.read(sink.at, sink.at + length);
    if (this.spec.holds === 'flipped') flip(bytes, sink.at, this.#size);
    sink.at += length;
    this.sent += length;
    sink.entry.sent += length;
    sink.response.write(bytes);
    if (sink.at < sink.end) return;
    this.sinks.delete(sink);
    sink.response.end();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket) ?? { number: this.#connections.size + 1 };
    const isNew = !this.#connections.has(request.socket);
    this.#connections.set(request.socket, connection);
    const entry = logged(request, connection.number);
    this.requests.push(entry);
    const active = this.#active.add(response);
    response.once('close', () => active.delete(response));
    response.on('error', () => undefined);

    const { latencyMs = 0, limit } = this.spec;
    const isRefused = limit !== undefined && active.size > limit.requests;
    if (latencyMs > 0) await sleep(isNew ? 2 * latencyMs : latencyMs);
    if (response.destroyed) return;
    if (isRefused) {
      entry.status = limit.status;
      if (limit.retryAfter !== undefined) response.setHeader('retry-after', limit.retryAfter);
      response.writeHead(limit.status, { 'content-length': 0 }).end();
      return;
    }
    const plan = this.#plan(request, entry);
    entry.status = plan.status;
    response.writeHead(plan.status, plan.headers);
    if (plan.body === undefined || request.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    connection.answeredAt ??= performance.now();
    const { start, end } = plan.body;
    const bytes = new SeededBytes(this.#contentSeed);
    const sink = { response, entry, bytes, at: start, end, connectedAt: connection.answeredAt, tokens: 0 };
    this.sinks.add(sink);
    response.once('close', () => this.sinks.delete(sink));
  }

  #plan({ headers }: IncomingMessage, { path }: LoggedRequest): ReturnType<typeof planAnswer> {
    const { holds = 'file', ranges = true } = this.spec;
    if (path !== FILE_PATH || holds === 'nothing') return NOT_FOUND;
    const ifRange = headers['if-range'];
    const size = this.#size + (holds === 'stale' ? STALE_EXTRA : 0);
    const etag = `"${this.#contentSeed.length}-${size}-${holds}"`;
    return planAnswer(
      { file: FILE_PATH, size, etag, lastModified: LAST_MODIFIED },
      { range: ranges ? headers.range : undefined, ifRange: typeof ifRange === 'string' ? ifRange : undefined },
    );
  }

  get #contentSeed(): string {
    const { holds = 'file' } = this.spec;
    return holds.startsWith('stale') ? `older ${this.#seed}` : this.#seed;
  }
}

function logged(request: IncomingMessage, connection: number): LoggedRequest {
  const { method = 'GET', url: path = '/', headers } = request;
  return { method, path, range: headers.range, headers, at: performance.now(), connection, status: 0, sent: 0 };
}

/** One in the middle of each eighth, so that the beginning and the end look well. */
function flip(bytes: Buffer, start: number, size: number): void {
  for (let index = 0; index < FLIPS; index++) {
    const at = Math.floor(((index + 0.5) / FLIPS) * size) - start;
    if (at >= 0 && at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
  }
}
