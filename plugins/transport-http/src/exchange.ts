import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';

import type { Dispatcher } from 'undici';

import { Body } from './body.ts';
import type { Connections, Sender } from './connections.ts';
import { PlainStore, PooledStore } from './store.ts';
import type { Tap } from './tap.ts';

/** The beginning of an answer. Its body has to be read, or returned. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
  /** Milliseconds until the connection was made, with the name's lookup; undefined over one that was there. */
  readonly connectMs: number | undefined;
}

export interface ExchangeOptions {
  /** Bytes to hold unread. */
  readonly buffer: number;
  /** The reader is done with a batch when it asks for the next one. */
  readonly reuse?: boolean | undefined;
  readonly signal: AbortSignal;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Makes the error that the reader of the body gets of what the connection said. */
  readonly explain: (error: unknown) => Error;
}

/**
 * Sends a request and resolves when the head of its answer is there. Rejects with what the connection said, and with
 * the signal's reason when that is aborted, which closes the connection at any time.
 *
 * A kept connection may be closed by the server at the very moment in which it is used again (undici issue 1415). That
 * says nothing about the server, so such a request is sent once more.
 */
export async function exchange(
  connections: Connections,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<Answer> {
  const first = new Handler(connections, options);
  try {
    return await first.send(request);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!first.wasStale(error)) throw error;
    return new Handler(connections, options).send(request);
  }
}

/** One request, as undici reports on it. */
class Handler implements Sender {
  readonly #connections: Connections;
  readonly #options: ExchangeOptions;
  readonly #body: Body;
  readonly #answer: PromiseWithResolvers<Answer> = withResolvers();
  #socket: Socket | undefined;
  #connectMs: number | undefined;
  #tap: Tap | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  /** The first byte of an answer has come. */
  #heard = false;
  #answered = false;
  #closed = false;

  constructor(connections: Connections, options: ExchangeOptions) {
    this.#connections = connections;
    this.#options = options;
    const source = {
      pause: () => this.#tap?.hold(),
      resume: () => this.#tap?.release(),
      close: () => {
        this.#close();
      },
    };
    const store = options.reuse === true ? new PooledStore(connections.blocks) : new PlainStore();
    this.#body = new Body(source, store, options.buffer);
  }

  send(request: Dispatcher.DispatchOptions): Promise<Answer> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    signal.addEventListener('abort', this.#onAbort, { once: true });
    this.#connections.dispatch(request, this);
    return this.#answer.promise;
  }

  /** Whether this error of the connection only says that it was kept for too long. */
  wasStale(error: unknown): boolean {
    return !this.#heard && (this.#tap?.requests ?? 0) > 1 && isReset(error);
  }

  connecting(socket: Socket): void {
    this.#socket = socket;
    const { clock } = this.#options;
    const began = clock();
    socket.once('connect', () => {
      this.#connectMs = clock() - began;
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for its connection.
    if (this.#closed) {
      controller.abort(new Error('no longer needed'));
      return;
    }
    this.#connections.onSend((tap) => {
      tap.requests++;
      this.#tap = tap;
    });
  }

  onResponseStarted(): void {
    this.#heard = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 103 and the like come before the answer.
    if (status < 200) return;
    this.#answered = true;
    if (this.#tap !== undefined) this.#tap.inBody = true;
    this.#answer.resolve({ status, headers, body: this.#body, connectMs: this.#connectMs });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    this.#stopListening();
    // The next request over this socket is not ours.
    if (this.#tap !== undefined) this.#tap.inBody = false;
    this.#tap?.release();
    this.#tap = undefined;
    // undici takes the connection for busy until a turn later. A reader that asks for the next range as soon as it has
    // read this one would open another.
    queueMicrotask(() => setImmediate(() => this.#body.end()));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#stopListening();
    if (this.#answered) this.#body.fail(this.#options.explain(error));
    else this.#answer.reject(error);
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#options.signal as { reason: unknown };
    this.#answer.reject(reason);
    this.#body.abort(reason);
  };

  #close(): void {
    this.#stopListening();
    this.#closed = true;
    if (this.#controller === undefined) this.#socket?.destroy(new Error('no longer needed'));
    else this.#controller.abort(new Error('no longer needed'));
  }

  #stopListening(): void {
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }
}

function isReset(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** Promise.withResolvers, which Node 20 does not have. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
