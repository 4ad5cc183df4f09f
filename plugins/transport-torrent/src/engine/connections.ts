import { createServer, type Server, type Socket } from 'node:net';

import type Wire from 'bittorrent-protocol';
import type { Torrent } from 'webtorrent';

import type { PeerAddress } from '../format/address.ts';
import { Dialer } from './dialer.ts';
import { Suspects } from './suspects.ts';

/** Who does not greet in this time speaks another language. */
const GREETING_MS = 8_000;
/** Who was asked and sends nothing for so long is of no use. */
const STALL_MS = 8_000;
/** Who says nothing for so long is gone. */
const SILENCE_MS = 130_000;
/** Nobody asks for more blocks at once who means well. */
const MOST_QUEUED = 2_000;

interface Connection {
  readonly socket: Socket;
  /** By which it is known and, when it lies, not called again. */
  readonly key: string;
  isUseful: boolean;
  wire: Wire | undefined;
}

/**
 * The connections of one torrent. The engine gets each when it is made, and not the addresses: whom to call, who may
 * connect and who is left for good is decided here.
 */
export class Connections {
  readonly #torrent: Torrent;
  readonly #most: number;
  readonly #takes: boolean;
  readonly #dialer: Dialer;
  readonly #suspects = new Suspects();
  /** By the address of their other end. */
  readonly #open = new Map<string, Connection>();
  readonly #banned = new Set<string>();
  #server: Server | undefined;
  /** Why the last one was lost. */
  #problem: string | undefined;

  constructor(torrent: Torrent, most: number, takes: boolean) {
    this.#torrent = torrent;
    this.#takes = takes;
    this.#most = most;
    this.#dialer = new Dialer(
      () => performance.now(),
      (socket, key) => {
        this.#join(socket, key);
      },
    );
    torrent.on('wire', (wire: Wire) => {
      this.#know(wire);
    });
    torrent.on('warning', ({ message }: Error) => {
      const piece = /^Piece (\d+) failed verification$/.exec(message)?.[1];
      if (piece !== undefined) this.#blame(Number(piece));
    });
    const request = torrent._request.bind(torrent);
    torrent._request = (wire, piece, hotswap) => this.#mayAsk(wire, piece) && request(wire, piece, hotswap);
  }

  /** Those that have greeted. */
  get peers(): number {
    return [...this.#open.values()].filter(({ wire }) => wire !== undefined).length;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Nobody is there, and nobody can be called at once. */
  get isHopeless(): boolean {
    return this.#open.size === 0 && !this.#dialer.hasHope;
  }

  add(peers: readonly PeerAddress[]): void {
    this.#dialer.add(peers);
    this.dial();
  }

  dial(): void {
    this.#dialer.dial(this.#most - this.#open.size);
  }

  /** Lets others connect. */
  admit(server: Server): void {
    this.#server = server;
    server.on('connection', (socket) => {
      if (this.#open.size >= this.#most) socket.destroy();
      else this.#join(socket, undefined);
    });
  }

  /** A piece came, and is right. */
  praise(piece: number): void {
    this.#suspects.right(piece);
  }

  /** A piece is not asked for any more. */
  forget(piece: number): void {
    this.#suspects.forget(piece);
  }

  close(): void {
    this.#server?.close();
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #join(socket: Socket, called: string | undefined): void {
    const { remoteAddress = '', remotePort = 0 } = socket;
    const address = `${remoteAddress}:${remotePort}`;
    const key = called ?? address;
    if (this.#torrent.destroyed || this.#banned.has(key) || this.#open.has(address)) {
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const connection: Connection = { socket, key, isUseful: false, wire: undefined };
    this.#open.set(address, connection);
    socket.setNoDelay(true);
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    const timer = setTimeout(() => {
      if (connection.wire === undefined) socket.destroy(new Error('it does not greet'));
    }, GREETING_MS);
    timer.unref();
    socket.on('error', (error) => {
      this.#problem = error.message;
    });
    socket.once('close', () => {
      clearTimeout(timer);
      this.#open.delete(address);
      this.#problem ??= 'it has hung up';
      this.#dialer.ended(key, connection.isUseful);
      this.dial();
    });
    // What the engine takes for a connection that is made.
    this.#torrent.addPeer(Object.assign(socket, { id: address, connected: true }));
  }

  #know(wire: Wire): void {
    const address = addressOf(wire);
    const connection = this.#open.get(address);
    if (connection === undefined) {
      wire.destroy();
      return;
    }
    const leave = (problem: string): void => void connection.socket.destroy(new Error(problem));
    if (this.#torrent.wires.some((other) => other !== wire && other.peerId === wire.peerId)) {
      leave('it is connected already');
      return;
    }
    connection.wire = wire;
    // Who hands out what comes has nothing to give; those who think that it had all would not give anything more.
    if (this.#takes) wire.have = () => undefined;
    wire.setTimeout(STALL_MS, true);
    wire.on('piece', (piece: number) => {
      connection.isUseful = true;
      this.#suspects.sent(piece, address);
    });
    wire.on('request', () => {
      if (wire.peerRequests.length > MOST_QUEUED) leave('it asks for too much at once');
    });
    wire.on('close', () => {
      leave('it makes no sense');
    });
    if (this.#torrent.ready) return;
    // What there is has to be told by somebody; who cannot is of no use yet.
    if (wire.peerExtensions.extended !== true) leave('it does not tell what there is');
    wire.on('extended', (said: string) => {
      const { ut_metadata: number = 0 } = wire.peerExtendedMapping;
      if (said === 'handshake' && number === 0 && !this.#torrent.ready) leave('it does not tell what there is');
    });
    wire.ut_metadata.on('warning', ({ message }: Error) => {
      if (!this.#torrent.ready) leave(message);
    });
  }

  #mayAsk(wire: Wire, piece: number): boolean {
    const only = this.#suspects.onlyOneFor(piece);
    if (only === undefined || only === addressOf(wire)) return true;
    // Who has gone, or gives nothing, is not waited for.
    return this.#open.get(only)?.wire?.peerChoking !== false;
  }

  #blame(piece: number): void {
    const liar = this.#suspects.wrong(piece);
    const connection = liar === undefined ? undefined : this.#open.get(liar);
    if (connection === undefined) return;
    this.#banned.add(connection.key);
    this.#dialer.ban(connection.key);
    connection.socket.destroy(new Error('it sends wrong bytes'));
  }
}

/** A server that listens. @throws the system's own errors */
export async function listen(port: number, host: string | undefined): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
}

function addressOf({ remoteAddress = '', remotePort = 0 }: Wire): string {
  return `${remoteAddress}:${remotePort}`;
}
