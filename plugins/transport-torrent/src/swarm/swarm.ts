import { failure, type LoopstickError, type RateLimiter, type Reach } from '@loopstick/core';
import { Worker } from 'node:worker_threads';

import type { EngineTask, Order, Report, Source } from '../engine/messages.ts';
import { withinReach } from '../find/reach.ts';
import { parsePeer, type PeerAddress } from '../format/address.ts';
import { infoOf, parseInfo, type MetaInfo } from '../format/meta-info.ts';
import { TORRENT_ERRORS } from '../torrent-errors.ts';
import { PieceCache } from './piece-cache.ts';
import type { Store } from './store.ts';
import { WantedPieces, type Wish } from './wanted.ts';

// The engine is in the bundle only, also when this module runs from its source in a test: this is right from both places.
const THREAD = new URL('../../dist/bundle/main.js', import.meta.url);
const LIMITS = { maxOldGenerationSizeMb: 256 };
const CACHE_BYTES = 16 * 1024 * 1024;
/** How long the engine may take to say goodbye to trackers. */
const FAREWELL_MS = 2_000;
/** One who gives begins anew when the engine has failed, but not without end. */
const MOST_FAILURES = 5;

export interface SwarmOptions {
  /** As it may be shown. */
  readonly name: string;
  readonly task: EngineTask;
  /** How far those may lead us who are told of by such a source. */
  readonly reach: (source: Source) => Reach;
  /** What is given; those who only take have none. */
  readonly store?: Store | undefined;
  /** Limits what is given. */
  readonly limiter?: RateLimiter | undefined;
}

/**
 * Those who share one torrent, as far as we know them: verified pieces come from them, and they get what we have. The
 * engine that speaks to them has a thread of its own, which may fail without harm to anything else.
 */
export class Swarm {
  readonly #options: SwarmOptions;
  readonly #cache = new PieceCache(CACHE_BYTES);
  readonly #wanted: WantedPieces;
  readonly #gone = new AbortController();
  readonly #metaWaiters = new Set<{ resolve: (meta: MetaInfo) => void; reject: (error: unknown) => void }>();
  #worker: Worker | undefined;
  #meta: MetaInfo | undefined;
  /** Where others may connect, as they were told. */
  #at: number | undefined;
  #isHeld = true;
  #failures = 0;
  #given = 0;
  #peers = 0;
  #called: readonly PeerAddress[] = [];
  #problem: string | undefined;

  /** @param meta what there is, when that is known */
  constructor(options: SwarmOptions, meta: MetaInfo | undefined) {
    this.#options = options;
    this.#meta = meta;
    this.#wanted = new WantedPieces((piece) => {
      this.#order({ kind: 'drop', piece });
    });
  }

  get meta(): MetaInfo | undefined {
    return this.#meta;
  }

  /** Bytes that were given to others. */
  get given(): number {
    return this.#given;
  }

  /** Connected at present. */
  get peers(): number {
    return this.#peers;
  }

  /** Whether nothing comes of it any more. */
  get isOver(): boolean {
    return this.#gone.signal.aborted;
  }

  /**
   * Starts the engine. @returns the port at which others may connect, if they may
   * @throws LoopstickError TORRENT_ENGINE_FAILED; the system's own errors
   */
  join(): Promise<number | undefined> {
    return this.#start(this.#options.task);
  }

  call(peers: readonly PeerAddress[]): void {
    this.#called = [...this.#called, ...peers];
    this.#order({ kind: 'call', peers });
  }

  /** What there is; waits for a peer to say it. @throws LoopstickError TORRENT_…; the signal's reason */
  async whenKnown(signal: AbortSignal): Promise<MetaInfo> {
    if (this.#meta !== undefined) return this.#meta;
    signal.throwIfAborted();
    this.#gone.signal.throwIfAborted();
    const { promise, resolve, reject } = deferred<MetaInfo>();
    const waiter = { resolve, reject };
    const onAbort = (): void => {
      reject(signal.reason);
    };
    this.#metaWaiters.add(waiter);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      this.#metaWaiters.delete(waiter);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** A piece with the right hash. Rejects with LoopstickError TORRENT_… when nobody is left who could have it. */
  want(piece: number): Wish {
    const kept = this.#cache.get(piece);
    if (kept !== undefined) return { bytes: Promise.resolve(kept), drop: () => undefined };
    const isNew = !this.#wanted.has(piece);
    const wish = this.#wanted.add(piece);
    if (this.isOver) this.#wanted.rejectAll(this.#gone.signal.reason);
    else if (isNew) this.#order({ kind: 'want', piece });
    return wish;
  }

  /** Whether the engine keeps the process alive. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (isHeld) this.#worker?.ref();
    else this.#worker?.unref();
  }

  close(): void {
    this.#end(new Error('the swarm was left'));
  }

  /** Why nothing comes. */
  noPeers(): LoopstickError {
    const problem = this.#problem ?? (this.#peers > 0 ? 'those who are there give nothing' : 'nobody was found');
    return failure(TORRENT_ERRORS.noPeers, { torrent: this.#options.name, problem });
  }

  #start(task: EngineTask): Promise<number | undefined> {
    const { promise, resolve, reject } = deferred<number | undefined>();
    // Without the arguments of this process: a loader or an inspector there is not meant for the engine.
    const worker = new Worker(THREAD, { workerData: task, execArgv: [], env: {}, resourceLimits: LIMITS });
    this.#worker = worker;
    worker.on('message', (report: Report) => {
      if (worker !== this.#worker) return;
      if (report.kind === 'ready') {
        this.#at = report.port;
        resolve(report.port);
      }
      if (report.kind === 'failed') {
        void worker.terminate();
        reject(this.#fail(Object.assign(new Error(report.message), report.facts)));
      }
      this.#hear(report);
    });
    worker.on('error', (error) => {
      reject(this.#fail(error));
    });
    worker.on('exit', () => {
      if (worker === this.#worker) reject(this.#fail(new Error('it has ended by itself')));
    });
    this.hold(this.#isHeld);
    if (this.#called.length > 0) this.#order({ kind: 'call', peers: this.#called });
    return promise;
  }

  #hear(report: Report): void {
    switch (report.kind) {
      case 'torrent':
        this.#learn(report.bytes);
        break;
      case 'piece': {
        const bytes = Buffer.from(report.bytes.buffer, report.bytes.byteOffset, report.bytes.byteLength);
        // What nobody wants any more was on its way, and may be wanted again.
        this.#wanted.fulfil(report.piece, bytes);
        this.#cache.add(report.piece, bytes);
        break;
      }
      case 'found':
        this.#find(report.source, report.peers);
        break;
      case 'read':
        void this.#give(report);
        break;
      case 'state':
        this.#peers = report.peers;
        this.#problem = report.problem ?? this.#problem;
        if (report.hopeless) this.#rejectAll(this.noPeers());
        break;
      default:
        break;
    }
  }

  #learn(torrent: Uint8Array): void {
    if (this.#meta !== undefined) return;
    try {
      this.#meta = parseInfo(infoOf(Buffer.from(torrent)), this.#options.name);
      for (const { resolve } of this.#metaWaiters) resolve(this.#meta);
    } catch (error) {
      this.#end(error);
    }
  }

  #find(source: Source, addresses: readonly string[]): void {
    const peers = addresses.flatMap((address) => parsePeer(address) ?? []);
    const allowed = withinReach(peers, this.#options.reach(source));
    if (allowed.length > 0) this.#order({ kind: 'call', peers: allowed });
  }

  async #give({ id, start, end, given }: Extract<Report, { kind: 'read' }>): Promise<void> {
    const { store, limiter } = this.#options;
    const worker = this.#worker;
    let bytes: Uint8Array | undefined;
    try {
      if (given) await limiter?.take(end - start, this.#gone.signal);
      bytes = await store?.read(start, end);
    } catch {
      // A disk that fails, or a file that has changed, costs this answer.
    }
    if (worker !== this.#worker) return;
    if (given) this.#given += bytes?.length ?? 0;
    this.#order({ kind: 'bytes', id, bytes });
  }

  /** The engine has failed. @returns what to tell */
  #fail(cause: Error & { readonly code?: unknown }): Error {
    this.#worker = undefined;
    // What the system refuses is told as the system tells it.
    const isOfSystem = typeof cause.code === 'string' && /^E[A-Z]+$/.test(cause.code);
    const told = isOfSystem
      ? cause
      : failure(TORRENT_ERRORS.engine, { torrent: this.#options.name, problem: cause.message }, { cause });
    if (this.isOver) return told;
    if (this.#options.store !== undefined && !isOfSystem && ++this.#failures <= MOST_FAILURES) {
      const { task } = this.#options;
      const { listen } = task;
      const again = { ...task, listen: listen && { ...listen, port: this.#at ?? listen.port } };
      this.#start(again).catch(() => undefined);
    } else {
      this.#end(told);
    }
    return told;
  }

  #end(reason: unknown): void {
    if (this.isOver) return;
    this.#gone.abort(reason);
    this.#rejectAll(reason);
    this.#cache.clear();
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) return;
    const order: Order = { kind: 'leave' };
    worker.postMessage(order);
    worker.unref();
    const timer = setTimeout(() => void worker.terminate(), FAREWELL_MS);
    timer.unref();
    worker.once('exit', () => {
      clearTimeout(timer);
    });
  }

  #rejectAll(error: unknown): void {
    for (const { reject } of [...this.#metaWaiters]) reject(error);
    this.#wanted.rejectAll(error);
  }

  #order(order: Order): void {
    this.#worker?.postMessage(order);
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
