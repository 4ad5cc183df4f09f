import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import type { Exchange, FaultTable, NoOptions } from '../exchange.ts';

/** What goes wrong below HTTP, or with its framing. */
export interface ConnectionFaults {
  /** Closes the connection instead of answering. */
  readonly 'close-at-once': NoOptions;
  /** Resets the connection (TCP RST) instead of answering. */
  readonly 'reset-at-once': NoOptions;
  /** Closes a connection when a second request comes over it, as servers do whose patience just ended. */
  readonly 'close-on-reuse': NoOptions;
  /** Never answers. */
  readonly silent: NoOptions;
  /** Sends the head in several packets. */
  readonly 'split-head': NoOptions;
  /** Speaks another protocol. */
  readonly 'not-http': NoOptions;
  /** Sends headers without end. */
  readonly 'endless-head': NoOptions;
}

export const CONNECTION_FAULTS: FaultTable<ConnectionFaults> = {
  'close-at-once': () => ({
    takeOver({ request }) {
      request.socket.destroy();
      return true;
    },
  }),
  'reset-at-once': () => ({
    takeOver({ request }) {
      request.socket.resetAndDestroy();
      return true;
    },
  }),
  'close-on-reuse': () => ({
    takeOver({ request, onConnection }) {
      if (onConnection > 0) request.socket.destroy();
      return onConnection > 0;
    },
  }),
  silent: () => ({ takeOver: () => true }),
  'split-head': () => ({ plan: (plan) => ({ ...plan, isSplit: true }) }),
  'not-http': () => ({
    takeOver({ request }) {
      request.socket.end('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n');
      return true;
    },
  }),
  'endless-head': () => ({
    async takeOver(exchange) {
      await fill(exchange);
      return true;
    },
  }),
};

/** Ends after 64 MiB, or when the client has had enough. */
async function fill({ request: { socket }, stop }: Exchange): Promise<void> {
  socket.write('HTTP/1.1 200 OK\r\n');
  const line = `X-Filler: ${'x'.repeat(1000)}\r\n`.repeat(16);
  for (let at = 0; at < 4096 && isOpen(socket) && !stop.aborted; at++) {
    if (!socket.write(line)) await sleep(5);
  }
  socket.destroy();
}

function isOpen(socket: Socket): boolean {
  return !socket.destroyed && socket.writable;
}
