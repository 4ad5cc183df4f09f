/* eslint-disable no-restricted-syntax -- it says what others export, in their way */
/** Of the engine's packages, which bring no types, what is used here; what begins with "_" is theirs alone elsewhere. */
declare module 'bittorrent-protocol' {
  import type { Duplex } from 'node:stream';

  interface BlockRequest {
    readonly piece: number;
    readonly offset: number;
    readonly length: number;
  }

  export default class Wire extends Duplex {
    readonly remoteAddress?: string;
    readonly remotePort?: number;
    /** 40 hex digits. */
    readonly peerId: string | null;
    readonly peerExtensions: { readonly extended?: boolean };
    /** Its number for each extension that it knows. */
    readonly peerExtendedMapping: Readonly<Partial<Record<string, number>>>;
    readonly requests: readonly BlockRequest[];
    /** What it has asked for, and has not got yet. */
    readonly peerRequests: readonly BlockRequest[];
    readonly peerChoking: boolean;
    readonly ut_metadata: NodeJS.EventEmitter;
    /** Tells that we have a piece. */
    have: (piece: number) => void;
    setTimeout(ms: number, unref: boolean): void;
    _write(data: Uint8Array, done: (error: Error | null) => void): void;
    _onRequest(piece: number, offset: number, length: number): void;
    _onCancel(piece: number, offset: number, length: number): void;
    _onPiece(piece: number, offset: number, bytes: Uint8Array): void;
  }
}

declare module 'bittorrent-lsd' {
  import { EventEmitter } from 'node:events';

  export default class LocalDiscovery extends EventEmitter {
    readonly infoHash: string;
    _parseAnnounce(message: string): { readonly infoHash: readonly string[] } | null;
  }
}

declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events';
  import type { Socket } from 'node:net';
  import type Wire from 'bittorrent-protocol';

  export type StoreAnswer = (error: Error | null, bytes?: Uint8Array) => void;

  export interface StoreRange {
    readonly offset?: number;
    readonly length?: number;
  }

  export interface ChunkStore {
    readonly chunkLength: number;
    put(piece: number, bytes: Uint8Array, done: StoreAnswer): void;
    get(piece: number, range: StoreRange | null, done: StoreAnswer): void;
    close(done?: () => void): void;
    destroy(done?: () => void): void;
  }

  export interface Torrent extends EventEmitter {
    readonly ready: boolean;
    readonly destroyed: boolean;
    readonly infoHash: string;
    readonly pieceLength: number;
    readonly lastPieceLength: number;
    readonly pieces: readonly unknown[];
    readonly torrentFile: Uint8Array;
    readonly wires: readonly Wire[];
    /** An address, or a connection that is made. */
    addPeer(peer: string | Socket, source?: string): boolean;
    select(first: number, last: number, priority: number): void;
    deselect(first: number, last: number): void;
    destroy(options: object, done?: () => void): void;
    /** Forgets what is there of a piece. */
    _markUnverified(piece: number): void;
    /** Asks whoever has nothing to do. */
    _update(): void;
    /** Asks for one block more. @returns whether there was one to ask for */
    _request(wire: Wire, piece: number, hotswap: boolean): boolean;
  }

  interface DhtNode {
    /** Looks for peers, and then tells where we can be reached. */
    announce: (hash: string, port: number, done: (error: Error | null) => void) => void;
    lookup(hash: string, done: (error: Error | null) => void): void;
  }

  export default class WebTorrent {
    readonly dht: false | DhtNode;
    constructor(options: object);
    on(event: 'error', listener: (error: Error) => void): this;
    add(torrent: string | Uint8Array, options: object): Torrent;
  }
}
