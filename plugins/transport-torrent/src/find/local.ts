import { createSocket, type Socket } from 'node:dgram';

import { parsePeer, type PeerAddress } from '../format/address.ts';
import { withinReach } from './reach.ts';

/** Where those in the same network are called (BEP 14). */
const GROUP = '239.192.152.143';
const PORT = 6771;
const LONGEST_CALL = 1400;
const REPEAT_MS = 300_000;
/** Whoever calls gets an answer, but not each call of somebody who shouts. */
const ANSWER_MS = 5_000;

export interface LocalOptions {
  /** 40 hex digits. */
  readonly infoHash: string;
  /** At which we can be reached. */
  readonly port: number;
  readonly onPeers: (peers: readonly PeerAddress[]) => void;
  readonly clock: () => number;
  /** The address of the one interface to call at; the system's choice when missing. */
  readonly at?: string | undefined;
}

/** Calls into the user's own network who else has or wants a torrent, and listens to who calls (BEP 14). */
export class LocalPeers {
  readonly #options: LocalOptions;
  readonly #cookie: string;
  #socket: Socket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #answeredAt = -Infinity;

  /** @param cookie by which our own calls are known */
  constructor(options: LocalOptions, cookie: string) {
    this.#options = options;
    this.#cookie = cookie;
  }

  /** Without a network there is nobody to call, and nothing that could fail. */
  begin(): void {
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    this.#socket = socket;
    const { at } = this.#options;
    socket.unref();
    socket.on('error', () => {
      this.end();
    });
    socket.on('message', (message, { address }) => {
      this.#hear(message, address);
    });
    socket.bind(PORT, () => {
      try {
        socket.addMembership(GROUP, at);
        if (at !== undefined) socket.setMulticastInterface(at);
        socket.setMulticastTTL(1);
      } catch {
        this.end();
        return;
      }
      this.#call();
      this.#timer = setInterval(() => {
        this.#call();
      }, REPEAT_MS);
      this.#timer.unref();
    });
  }

  end(): void {
    clearInterval(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.removeAllListeners('message');
    socket?.close();
  }

  #call(): void {
    const { infoHash, port } = this.#options;
    const lines = [
      'BT-SEARCH * HTTP/1.1',
      `Host: ${GROUP}:${PORT}`,
      `Port: ${port}`,
      `Infohash: ${infoHash}`,
      `cookie: ${this.#cookie}`,
      ...['', '', ''],
    ];
    this.#socket?.send(lines.join('\r\n'), PORT, GROUP, () => undefined);
  }

  #hear(message: Buffer, address: string): void {
    const { infoHash, onPeers, clock } = this.#options;
    const call = parseCall(message);
    if (call === undefined || call.cookie === this.#cookie || !call.infoHashes.includes(infoHash)) return;
    const peer = parsePeer(`${address}:${call.port}`);
    // What calls itself local has to be.
    const isLocal = peer !== undefined && withinReach([peer], 'world').length === 0;
    if (!isLocal) return;
    onPeers([peer]);
    if (clock() - this.#answeredAt < ANSWER_MS) return;
    this.#answeredAt = clock();
    this.#call();
  }
}

/** Undefined for everything that is no such call. */
export function parseCall(
  message: Buffer,
): { readonly port: string; readonly infoHashes: readonly string[]; readonly cookie: string | undefined } | undefined {
  if (message.length > LONGEST_CALL) return undefined;
  const [first, ...lines] = message.toString('latin1').split('\r\n');
  if (first !== 'BT-SEARCH * HTTP/1.1') return undefined;
  const values = (name: string): string[] =>
    lines.flatMap((line) => (line.toLowerCase().startsWith(`${name}:`) ? [line.slice(name.length + 1).trim()] : []));
  const [port] = values('port');
  if (port === undefined || !/^\d{1,5}$/.test(port)) return undefined;
  return { port, infoHashes: values('infohash').map((hash) => hash.toLowerCase()), cookie: values('cookie')[0] };
}
