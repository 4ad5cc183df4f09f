import type { Socket } from 'node:net';

import { FrameReader, frameOf, FROM_ENGINE, FROM_PLUGIN } from '../wire/frame.ts';
import type { FromPlugin, Method, SentError, ToPlugin } from '../wire/messages.ts';
import { receivedError, sentError } from './errors.ts';

/** One call of the engine, as a part sees it. */
export interface Call {
  readonly part: string;
  readonly method: Method;
  readonly value: unknown;
  readonly signal: AbortSignal;
  /** Calls the engine back. Rejects with what it says. */
  ask(method: string, value?: unknown): Promise<unknown>;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** The plugin's end of the line to the engine. */
export class EngineLink {
  readonly #socket: Socket;
  readonly #handle: (call: Call) => unknown;
  readonly #reader = new FrameReader(FROM_ENGINE);
  readonly #open = new Map<number, AbortController>();
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor(socket: Socket, handle: (call: Call) => unknown) {
    this.#socket = socket;
    this.#handle = handle;
    socket.on('data', (piece) => {
      for (const message of this.#reader.read(piece)) this.#take(message as ToPlugin);
    });
  }

  #take(message: ToPlugin): void {
    switch (message.type) {
      case 'call':
        void this.#run(message);
        return;
      case 'abort':
        this.#open.get(message.id)?.abort(receivedError(message.reason));
        return;
      case 'answer':
        this.#settle(message);
        return;
      case 'ping':
        this.#send({ type: 'pong', id: message.id });
    }
  }

  async #run({ id, part, method, value }: Extract<ToPlugin, { type: 'call' }>): Promise<void> {
    const controller = new AbortController();
    this.#open.set(id, controller);
    try {
      const { signal } = controller;
      const ask = (asked: string, about?: unknown): Promise<unknown> => this.#ask(id, asked, about);
      const answer = await this.#handle({ part, method, value, signal, ask });
      this.#send({ type: 'done', id, value: answer });
    } catch (error) {
      this.#send({ type: 'failed', id, error: sentError(error) });
    } finally {
      this.#open.delete(id);
    }
  }

  async #ask(id: number, method: string, value: unknown): Promise<unknown> {
    const ask = ++this.#asked;
    return new Promise((resolve, reject) => {
      this.#waiting.set(ask, { resolve, reject });
      this.#send({ type: 'ask', ask, id, method, value });
    });
  }

  #settle({ ask, value, error }: { readonly ask: number; readonly value?: unknown; readonly error?: SentError }): void {
    const waiting = this.#waiting.get(ask);
    this.#waiting.delete(ask);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(receivedError({ ...error, relayed: ask }));
  }

  #send(message: FromPlugin): void {
    const pieces = frameOf(message, FROM_PLUGIN);
    this.#socket.cork();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.uncork();
  }
}
