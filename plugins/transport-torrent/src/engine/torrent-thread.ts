import type { MessagePort } from 'node:worker_threads';

import WebTorrent, { type Torrent } from 'webtorrent';

import { Connections, listen } from './connections.ts';
import type { EngineTask, Order, Report, Source } from './messages.ts';
import { AskingStore, PassingStore } from './stores.ts';

const TICK_MS = 250;
/** How long those are waited for who may know peers, once they were asked. */
const SEARCH_MS = 10_000;
/** Trackers want a port also of who cannot be reached: that of "discard" (RFC 863). */
const UNREACHABLE_PORT = 9;

/** One torrent in the engine's thread: carries out orders, and reports. */
export class TorrentThread {
  readonly #task: EngineTask;
  readonly #port: MessagePort;
  readonly #wanted = new Set<number>();
  /** Not wanted any more, and perhaps on their way. */
  readonly #dropped = new Set<number>();
  readonly #reads = new Map<number, (bytes: Uint8Array | undefined) => void>();
  readonly #waitingTrackers: Set<string>;
  readonly #until = performance.now() + SEARCH_MS;
  #torrent: Torrent | undefined;
  #connections: Connections | undefined;
  #reported = '';
  #lastRead = 0;

  constructor(task: EngineTask, port: MessagePort) {
    this.#task = task;
    this.#port = port;
    this.#waitingTrackers = new Set(task.trackers);
  }

  async begin(): Promise<void> {
    const { listen: at } = this.#task;
    const listening = at === undefined ? undefined : await listen(at.port, at.host);
    const torrent = this.#add(listening?.port ?? UNREACHABLE_PORT);
    this.#torrent = torrent;
    this.#connections = new Connections(torrent, this.#task.mostPeers, this.#task.gives === undefined);
    if (listening !== undefined) this.#connections.admit(listening.server);
    this.#port.on('message', (order: Order) => {
      this.#obey(order);
    });
    setInterval(() => {
      this.#tick();
    }, TICK_MS).unref();
    const isReady = (): void => {
      this.#report({ kind: 'ready', port: listening?.port });
    };
    // Who gives has been looked through by the engine as well, a little; who takes may have to ask first what there is.
    if (this.#task.gives === undefined) isReady();
    else torrent.on('ready', isReady);
  }

  #add(port: number): Torrent {
    const { infoHash, peerId, torrent, trackers, local, exchange, dht, mostPeers, gives, listen: at } = this.#task;
    const client = new WebTorrent({
      ...{ peerId, torrentPort: port, maxConns: mostPeers, lsd: local, utPex: exchange },
      ...{ natUpnp: false, natPmp: false, utp: false, webSeeds: false, tracker: trackers.length > 0 ? {} : false },
      dht: dht === undefined ? false : dht.length === 0 ? {} : { bootstrap: dht },
    });
    const { dht: nodes } = client;
    // Who cannot be reached looks, and is not to be found.
    if (nodes !== false && at === undefined) {
      nodes.announce = (hash, _port, done) => {
        nodes.lookup(hash, done);
      };
    }
    const added = client.add(torrent ?? `magnet:?xt=urn:btih:${infoHash}`, {
      ...{ announce: trackers, deselect: true, storeCacheSlots: 0, uploads: gives === undefined ? false : 10 },
      ...(gives === undefined ? {} : { bitfield: gives }),
      preloadedStore: this.#store(),
    });
    client.on('error', (error) => {
      this.#fail(error);
    });
    added.on('error', (error: Error) => {
      this.#fail(error);
    });
    added.on('metadata', () => {
      this.#report({ kind: 'torrent', bytes: Uint8Array.from(added.torrentFile) });
    });
    added.on('verified', (piece: number) => {
      if (gives === undefined) this.#forget(piece);
    });
    added.on('ready', () => {
      for (const piece of this.#wanted) this.#select(piece);
    });
    added.on('trackerAnnounce', () => {
      this.#waitingTrackers.clear();
    });
    added.on('warning', ({ message }: Error) => {
      for (const tracker of this.#waitingTrackers) if (message.includes(tracker)) this.#waitingTrackers.delete(tracker);
    });
    const addPeer = added.addPeer.bind(added);
    // Only connections reach the engine: whether an address may be called, others decide.
    added.addPeer = (peer, source) => {
      if (typeof peer !== 'string') return addPeer(peer, source);
      this.#report({ kind: 'found', source: source as Source, peers: [peer] });
      return false;
    };
    return added;
  }

  #store(): PassingStore {
    if (this.#task.gives !== undefined) {
      return new AskingStore(this.#task.pieceLength, (start, end) => this.#read(start, end));
    }
    return new PassingStore(this.#task.pieceLength, (piece, bytes) => {
      this.#connections?.praise(piece);
      this.#wanted.delete(piece);
      // A buffer of its own goes over without being copied.
      const isWhole = bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer;
      const own = isWhole ? bytes : Uint8Array.from(bytes);
      this.#report({ kind: 'piece', piece, bytes: own }, [own.buffer as ArrayBuffer]);
    });
  }

  #obey(order: Order): void {
    switch (order.kind) {
      case 'want':
        this.#wanted.add(order.piece);
        if (this.#torrent?.ready === true) this.#select(order.piece);
        break;
      case 'drop':
        this.#drop(order.piece);
        break;
      case 'call':
        this.#connections?.add(order.peers);
        break;
      case 'bytes':
        this.#reads.get(order.id)?.(order.bytes);
        this.#reads.delete(order.id);
        break;
      case 'leave':
        this.#leave();
        break;
    }
  }

  #select(piece: number): void {
    const torrent = this.#torrent;
    this.#dropped.delete(piece);
    if (torrent !== undefined && piece < torrent.pieces.length) torrent.select(piece, piece, 1);
  }

  #drop(piece: number): void {
    const torrent = this.#torrent;
    if (!this.#wanted.delete(piece) || torrent?.ready !== true || piece >= torrent.pieces.length) return;
    torrent.deselect(piece, piece);
    this.#dropped.add(piece);
  }

  /**
   * What came of a piece that is not wanted goes when no more of it is on its way: who is asked for the same block twice
   * at once may answer neither.
   */
  #clear(): void {
    for (const piece of this.#dropped) {
      const isOnItsWay = this.#torrent?.wires.some(({ requests }) => requests.some((each) => each.piece === piece));
      if (isOnItsWay !== true) this.#forget(piece);
    }
  }

  /** Nothing of a piece is here any more, and nobody is told that there was. */
  #forget(piece: number): void {
    this.#dropped.delete(piece);
    this.#connections?.forget(piece);
    this.#torrent?.deselect(piece, piece);
    this.#torrent?._markUnverified(piece);
  }

  async #read(start: number, end: number): Promise<Uint8Array> {
    const id = ++this.#lastRead;
    const bytes = await new Promise<Uint8Array | undefined>((resolve) => {
      this.#reads.set(id, resolve);
      this.#report({ kind: 'read', id, start, end, given: this.#torrent?.ready === true });
    });
    if (bytes === undefined) throw new Error('what was given is gone');
    return bytes;
  }

  #tick(): void {
    const connections = this.#connections;
    if (connections === undefined) return;
    connections.dial();
    this.#clear();
    // The engine does so itself when something has happened; that somebody else may be asked now is no event to it.
    if (this.#wanted.size > 0 && this.#torrent?.ready === true) this.#torrent._update();
    const { peers, problem } = connections;
    const report: Report = { kind: 'state', peers, problem, hopeless: connections.isHopeless && !this.#isSearching() };
    const text = JSON.stringify(report);
    // What is hopeless is said again: something may have been wanted since.
    if (text === this.#reported && !report.hopeless) return;
    this.#reported = text;
    this.#report(report);
  }

  #isSearching(): boolean {
    const { dht, local } = this.#task;
    const isAsking = this.#waitingTrackers.size > 0 || dht !== undefined || local;
    return isAsking && performance.now() < this.#until;
  }

  #leave(): void {
    this.#connections?.close();
    this.#torrent?.destroy({}, () => {
      this.#port.close();
    });
  }

  #fail(error: Error): void {
    this.#report({ kind: 'failed', message: error.message, facts: Object.fromEntries(Object.entries(error)) });
  }

  #report(report: Report, transfer: readonly ArrayBuffer[] = []): void {
    this.#port.postMessage(report, transfer);
  }
}
