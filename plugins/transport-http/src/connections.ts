import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';

import { buildConnector, EnvHttpProxyAgent, type Dispatcher } from 'undici';

import { BlockPool } from './block-pool.ts';
import { proxyClient } from './proxy-client.ts';
import { Tap } from './tap.ts';

/** Most bytes of one read of a socket. */
const READ = 128 * 1024;

const CONNECT = {
  timeout: 10_000,
  autoSelectFamily: true,
  // Node gives up each address after 250 ms, which distant mirrors miss (nodejs/node issue 54359).
  autoSelectFamilyAttemptTimeout: 2_500,
};

/** Who sends a request and wants to know its socket. */
export interface Sender extends Dispatcher.DispatchHandler {
  /** A connection is being opened for it. */
  connecting(socket: Socket): void;
}

/**
 * The connections of one transport. Idle ones do not keep the process alive. Proxies are taken from the environment:
 * that of the process, since EnvHttpProxyAgent looks nowhere else and the contract gives a transport no context.
 */
export class Connections {
  readonly blocks: BlockPool = new BlockPool();
  readonly #dispatcher: Dispatcher;
  readonly #taps = new WeakMap<Socket, Tap>();
  #sender: Sender | undefined;
  #starting: ((tap: Tap) => void) | undefined;

  constructor() {
    this.#dispatcher = new EnvHttpProxyAgent({
      noProxy: hostsWithoutProxy(process.env['no_proxy'] ?? process.env['NO_PROXY'] ?? ''),
      // One range a connection, each with a congestion window of its own; core decides how many there are.
      allowH2: false,
      pipelining: 1,
      connect: this.#connector(),
      proxyTls: CONNECT,
      requestTls: CONNECT,
      clientFactory: proxyClient,
      headersTimeout: 30_000,
      // Core watches the body, where it knows whether the disk or the mirror is slow.
      bodyTimeout: 0,
      // Long enough for the next range of the same download.
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 30_000,
    });
    // The only way in which undici tells the socket of a request.
    subscribe('undici:client:sendHeaders', (message) => {
      const starting = this.#starting;
      this.#starting = undefined;
      if (starting !== undefined) starting(this.#tapOf((message as { readonly socket: Socket }).socket));
    });
  }

  dispatch(request: Dispatcher.DispatchOptions, sender: Sender): void {
    this.#sender = sender;
    try {
      this.#dispatcher.dispatch(request, sender);
    } finally {
      this.#sender = undefined;
    }
  }

  /** To be called when undici starts a request: the next thing it does is to send it over this tap. */
  onSend(starting: (tap: Tap) => void): void {
    this.#starting = starting;
  }

  #connector(): buildConnector.connector {
    const taps = this.#taps;
    const options = {
      ...CONNECT,
      allowH2: false,
      onread: {
        buffer: Buffer.allocUnsafeSlow(READ),
        callback(this: Socket, length: number, buffer: Buffer): boolean {
          return taps.get(this)?.arrive(buffer.subarray(0, length)) ?? true;
        },
      },
    };
    const connect = buildConnector(options) as unknown as (...args: Parameters<buildConnector.connector>) => Socket;
    return (target, callback) => {
      const socket = connect(target, callback);
      taps.set(socket, Tap.ofReader(socket));
      this.#sender?.connecting(socket);
    };
  }

  #tapOf(socket: Socket): Tap {
    const tap = this.#taps.get(socket) ?? Tap.ofBuffered(socket);
    this.#taps.set(socket, tap);
    return tap;
  }
}

/** A proxy cannot reach what this machine serves to itself. */
export function hostsWithoutProxy(named: string): string {
  return named.trim() === '*' ? '*' : [named, 'localhost', '127.0.0.1', '[::1]'].join(',');
}
