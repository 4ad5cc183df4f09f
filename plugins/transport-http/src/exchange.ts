import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import { Body } from './body.ts';

/** The beginning of an answer. Its body has to be read, or returned. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

export interface ExchangeOptions {
  readonly buffer: number;
  readonly signal: AbortSignal;
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
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  options: ExchangeOptions,
): Promise<Answer> {
  const first = new Handler(options);
  try {
    return await first.send(dispatcher, request);
  } catch (error) {
    options.signal.throwIfAborted();
    if (!first.wasStale(error)) throw error;
    return new Handler(options).send(dispatcher, request);
  }
}

/** One request, as undici reports on it. */
class Handler implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #body: Body;
  readonly #answer: PromiseWithResolvers<Answer> = withResolvers();
  #controller: Dispatcher.DispatchController | undefined;
  /** The first byte of an answer has come. */
  #heard = false;
  #answered = false;
  #closed = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#body = new Body(
      {
        pause: () => this.#controller?.pause(),
        resume: () => this.#controller?.resume(),
        close: () => {
          this.#close();
        },
      },
      options.buffer,
    );
  }

  send(dispatcher: Dispatcher, request: Dispatcher.DispatchOptions): Promise<Answer> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    signal.addEventListener('abort', this.#onAbort, { once: true });
    dispatcher.dispatch(request, this);
    return this.#answer.promise;
  }

  wasStale(error: unknown): boolean {
    return !this.#heard && isReset(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It was given up while it waited for its connection.
    if (this.#closed) controller.abort(new Error('no longer needed'));
  }

  onResponseStarted(): void {
    this.#heard = true;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // 103 and the like come before the answer.
    if (status < 200) return;
    this.#answered = true;
    this.#answer.resolve({ status, headers, body: this.#body });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#body.push(chunk);
  }

  onResponseEnd(): void {
    this.#stopListening();
    this.#body.end();
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
    this.#controller?.abort(new Error('no longer needed'));
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
