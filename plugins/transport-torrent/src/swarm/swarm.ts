import { createServer, type Server, type Socket } from 'node:net';

import { failure, type LoopstickError, type RateLimiter } from '@loopstick/core';

import type { PeerAddress } from '../format/address.ts';
import { isPieceRight, parseInfo, type MetaInfo } from '../format/meta-info.ts';
import { Giving, type Store } from '../peer/giving.ts';
import { Peer, type PeerHost } from '../peer/peer.ts';
import type { PieceTask } from '../peer/piece-task.ts';
import { Wire } from '../peer/wire.ts';
import { TORRENT_ERRORS } from '../torrent-errors.ts';
import { Dialer } from './dialer.ts';
import { PieceCache } from './piece-cache.ts';
import { WantedPieces, type Wish } from './wanted.ts';

const TICK_MS = 250;
/** Who was asked and sends nothing for so long is of no use. */
const STALL_MS = 12_000;
const CACHE_BYTES = 16 * 1024 * 1024;
/** Somebody who is idle takes over what would take this many times as long where it is. */
const STEAL_GAIN = 1.5;
/** What comes sooner than this is not worth asking twice for. */
const SOON_SECONDS = 0.25;

export interface SwarmOptions {
  /** 40 hex digits. */
  readonly infoHash: string;
  /** As it may be shown. */
  readonly name: string;
  /** 40 hex digits. */
  readonly peerId: string;
  readonly mostPeers: number;
  /** Whether it is there to take, and not only to give. */
  readonly takes: boolean;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** Whether somebody is still being asked who may know peers. */
  readonly isSearching?: (() => boolean) | undefined;
  /** Limits what is given. */
  readonly limiter?: RateLimiter | undefined;
}

/** Those who share one torrent, as far as we know them: takes verified pieces from them, and gives what we have. */
export class Swarm implements PeerHost {
  readonly infoHash: string;
  readonly peerId: string;
  readonly clock: () => number;
  readonly #options: SwarmOptions;
  readonly #peers = new Set<Peer>();
  readonly #banned = new Set<string>();
  readonly #cache = new PieceCache(CACHE_BYTES);
  readonly #wanted: WantedPieces;
  readonly #dialer: Dialer;
  readonly #timer: NodeJS.Timeout;
  #meta: MetaInfo | undefined;
  #metaWaiters = new Set<{ resolve: (meta: MetaInfo) => void; reject: (error: Error) => void }>();
  #store: Store | undefined;
  #server: Server | undefined;
  #isClosed = false;
  #given = 0;
  #taken = 0;
  /** The last reason why a peer was lost. */
  #problem: string | undefined;

  constructor(options: SwarmOptions) {
    this.#options = options;
    this.infoHash = options.infoHash;
    this.peerId = options.peerId;
    this.clock = options.clock;
    this.#wanted = new WantedPieces((piece) => {
      for (const peer of this.#peers) peer.drop(piece);
      this.#schedule();
    });
    this.#dialer = new Dialer(options.clock, (socket, key) => {
      this.#join(socket, key, false);
    });
    this.#timer = setInterval(() => {
      this.#tick();
    }, TICK_MS);
    this.#timer.unref();
  }

  get meta(): MetaInfo | undefined {
    return this.#meta;
  }

  /** Bytes that were given to others. */
  get given(): number {
    return this.#given;
  }

  /** Bytes of right pieces that were taken from others. */
  get taken(): number {
    return this.#taken;
  }

  /** Connected at present. */
  get peers(): number {
    return [...this.#peers].filter(({ isShaken }) => isShaken).length;
  }

  addPeers(addresses: readonly PeerAddress[]): void {
    if (this.#isClosed) return;
    this.#dialer.add(addresses);
    this.#dial();
  }

  /** What the torrent file says, or a peer has said. */
  setMeta(meta: MetaInfo): void {
    if (this.#meta !== undefined) return;
    this.#meta = meta;
    for (const { resolve } of this.#metaWaiters) resolve(meta);
    this.#metaWaiters.clear();
    for (const peer of [...this.#peers]) {
      try {
        if (!peer.isShaken) continue;
        peer.learn(meta);
        this.onReady(peer);
      } catch (error) {
        peer.wire.close(error as Error);
      }
    }
    this.#schedule();
  }

  /** What there is; waits for a peer to say it. @throws LoopstickError TORRENT_NO_PEERS; the signal's reason */
  whenKnown(signal: AbortSignal): Promise<MetaInfo> {
    if (this.#meta !== undefined) return Promise.resolve(this.#meta);
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiter.reject(signal.reason as Error);
      };
      const settle = (): void => {
        this.#metaWaiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const waiter = {
        resolve: (meta: MetaInfo): void => {
          settle();
          resolve(meta);
        },
        reject: (error: Error): void => {
          settle();
          reject(error);
        },
      };
      this.#metaWaiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
    });
  }

  /** A piece with the right hash. Rejects with LoopstickError TORRENT_NO_PEERS when nobody is left who could have it. */
  want(piece: number): Wish {
    const kept = this.#cache.get(piece);
    if (kept !== undefined) return { bytes: Promise.resolve(kept), drop: () => undefined };
    const wish = this.#wanted.add(piece);
    this.#schedule();
    return wish;
  }

  /** From now on gives what the store has. To be called before there are peers. */
  give(store: Store): void {
    this.#store = store;
  }

  /** There is one more piece to give. */
  announce(piece: number): void {
    for (const peer of this.#peers) if (peer.isShaken) peer.wire.have(piece);
  }

  /** Lets others connect. @returns the port */
  async listen(port: number, host: string | undefined): Promise<number> {
    const server = createServer((socket) => {
      const key = `in:${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
      if (this.#isClosed || this.#peers.size >= this.#options.mostPeers) socket.destroy();
      else this.#join(socket, key, true);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
    });
    this.#server = server;
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  /** Whether the connections keep the process alive. */
  hold(isHeld: boolean): void {
    for (const { wire } of this.#peers) wire.hold(isHeld);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#server?.close();
    for (const { wire } of [...this.#peers]) wire.close();
    this.#rejectAll(new Error('the swarm was left'));
    this.#cache.clear();
  }

  // ── for peers ───────────────────────────────────────────────────────────────────────────────────────────────────

  isConnected(peerId: string): boolean {
    return [...this.#peers].some((peer) => peer.id === peerId);
  }

  taskFor(peer: Peer): number | undefined {
    for (const piece of this.#wanted.pieces) {
      if (peer.has(piece) && this.#holdersOf(piece).length === 0) return piece;
    }
    return peer.isBusy ? undefined : this.#stealFor(peer);
  }

  /** What somebody else would take much longer for: whoever has it first wins. */
  #stealFor(thief: Peer): number | undefined {
    const meta = this.#meta;
    if (meta === undefined) return undefined;
    for (const piece of this.#wanted.pieces) {
      const [holder, ...others] = this.#holdersOf(piece);
      if (holder === undefined || others.length > 0 || holder === thief || !thief.has(piece)) continue;
      const left = holder.secondsUntil(piece);
      // Whoever has sent nothing yet is believed to be as fast as the other.
      const own = (thief.speed ?? 0) > 0 ? thief.secondsFor(meta.pieceLength) : holder.secondsFor(meta.pieceLength);
      if (left <= Math.max(SOON_SECONDS, own * STEAL_GAIN)) continue;
      // What has not been begun goes over; else it is a race.
      if (holder.tasks.some((task) => task.piece === piece && task.isUntouched)) holder.drop(piece);
      return piece;
    }
    return undefined;
  }

  #holdersOf(piece: number): Peer[] {
    return [...this.#peers].filter(({ tasks }) => tasks.some((task) => task.piece === piece));
  }

  onMetadata(info: Buffer): void {
    if (this.#meta !== undefined) return;
    this.setMeta(parseInfo(info, this.#options.name));
  }

  onPiece(peer: Peer, { piece, bytes }: PieceTask): void {
    const meta = this.#meta;
    if (meta === undefined) return;
    if (!isPieceRight(meta, piece, bytes)) {
      this.#banned.add(peer.key);
      this.#dialer.ban(peer.key);
      peer.wire.close(new Error('it sends wrong bytes'));
      return;
    }
    for (const other of this.#peers) if (other !== peer) other.drop(piece);
    this.#taken += bytes.length;
    if (this.#wanted.fulfil(piece, bytes)) this.#cache.add(piece, bytes);
    this.#schedule();
  }

  onReady(peer: Peer): void {
    if (this.#meta !== undefined && this.#options.takes && peer.isShaken) peer.wire.interest(true);
    peer.fill();
  }

  givingFor(peer: Peer): Giving | undefined {
    const [meta, store, limiter] = [this.#meta, this.#store, this.#options.limiter];
    if (meta === undefined || store === undefined || limiter === undefined) return undefined;
    peer.wire.bitfield(store.has.bytes);
    return new Giving(peer.wire, meta, store, limiter, (bytes) => {
      this.#given += bytes;
    });
  }

  onClose(peer: Peer, problem: Error): void {
    this.#peers.delete(peer);
    this.#problem = problem.message;
    this.#dialer.ended(peer.key, peer.received > 0);
    if (this.#isClosed) return;
    this.#dial();
    this.#schedule();
  }

  // ── the work ────────────────────────────────────────────────────────────────────────────────────────────────────

  #join(socket: Socket, key: string, isIncoming: boolean): void {
    if (this.#isClosed || this.#banned.has(key)) {
      socket.destroy();
      return;
    }
    const peer = new Peer(this, key, isIncoming, (listener) => new Wire(socket, listener));
    this.#peers.add(peer);
    if (!isIncoming) peer.greet();
  }

  #dial(): void {
    this.#dialer.dial(this.#options.mostPeers - this.#peers.size);
  }

  /** By turns: what is needed first is spread over all, and does not wait in the queue of one. */
  #schedule(): void {
    const peers = this.#bySpeed();
    while (peers.map((peer) => peer.fillOne()).includes(true));
  }

  /** The fastest choose first. */
  #bySpeed(): Peer[] {
    return [...this.#peers].sort((a, b) => (b.speed ?? 0) - (a.speed ?? 0));
  }

  #tick(): void {
    const now = this.clock();
    for (const peer of [...this.#peers]) {
      peer.sample();
      if (peer.isBusy && now - peer.lastBlockAt > STALL_MS) peer.wire.close(new Error('it sends nothing'));
    }
    this.#dial();
    this.#schedule();
    this.#giveUpIfHopeless();
  }

  /** Nobody is there, nobody is being called, and nobody is asked who may know somebody. */
  #giveUpIfHopeless(): void {
    if (this.#wanted.size + this.#metaWaiters.size === 0) return;
    const hasPeers = [...this.#peers].some((peer) => this.#meta !== undefined || peer.mayKnow);
    if (hasPeers || this.#dialer.hasHope || this.#options.isSearching?.() === true) return;
    this.#rejectAll(this.noPeers());
  }

  #rejectAll(error: Error): void {
    for (const { reject } of [...this.#metaWaiters]) reject(error);
    this.#wanted.rejectAll(error);
  }

  /** Why nothing comes. */
  noPeers(): LoopstickError {
    const problem = this.#problem ?? (this.peers > 0 ? 'those who are there give nothing' : 'nobody was found');
    return failure(TORRENT_ERRORS.noPeers, { torrent: this.#options.name, problem });
  }
}
