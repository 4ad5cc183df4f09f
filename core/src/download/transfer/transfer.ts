import { isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { Connection, type WorkSource } from './connection.ts';
import { Dispatcher } from './dispatcher.ts';
import { allFailed, retryLater } from './failures.ts';
import { Growth } from './growth.ts';
import { Load } from './load.ts';
import type { Lease } from './lease.ts';
import { MirrorBoard, type MirrorAdvice } from './mirror-board.ts';
import type { Origin } from './origin.ts';
import { OriginJudge } from './origin-judge.ts';
import { OriginProof } from './origin-proof.ts';
import { ProofAhead } from './proof-ahead.ts';
import { Pace } from './pace.ts';
import { Prober } from './prober.ts';
import type { TransferState } from './state.ts';
import { Turnover } from './turnover.ts';

const TICK_MS = 250;
/** At first it is the number of connections that everything waits for. */
const FIRST_TICK_MS = 50;
/** Connections beyond what growth found useful, to take over from one that has collapsed. */
const HELPERS = 1;
/** The first connections go to so many mirrors at once. */
const FIRST_MIRRORS = 3;
/** With less than this to go, measuring whether more connections help takes longer than the rest. */
const TOO_LATE_SECONDS = 3;

/** What a transfer tells while it runs. */
export interface TransferWatch {
  /**
   * Several times a second; false ends the transfer before every byte is there.
   * @throws whatever has to fail it, such as a disk that is getting full
   */
  tick(received: number): Promise<boolean>;
  /** A mirror was given up or has to pause. */
  onFailover(origin: Origin, error: LoopstickError, next: Origin | undefined): void;
}

/** Fills the gaps of one part from its origins. One object is one attempt. */
export class Transfer implements WorkSource {
  readonly #state: TransferState;
  readonly #watch: TransferWatch;
  readonly #stop: AbortController;
  readonly #outer: AbortSignal;
  readonly #connections = new Set<Connection>();
  readonly #dispatcher: Dispatcher;
  readonly #growth: Growth;
  readonly #pace: Pace;
  readonly #judge: OriginJudge;
  readonly #proof: OriginProof;
  readonly #ahead: ProofAhead;
  readonly #prober: Prober;
  readonly #board: MirrorBoard | undefined;
  readonly #turnover: Turnover;
  readonly #load = new Load();
  #tickedAt: number;
  #toldAt: number;
  #isWoken = false;
  #wake: () => void = () => undefined;
  #fatal: unknown;

  /** @param stop aborted at the end; `state.signal` is its signal */
  constructor(
    state: TransferState,
    options: {
      readonly watch: TransferWatch;
      readonly stop: AbortController;
      readonly outer: AbortSignal;
      readonly mostConnections: number;
      /** Who ranks the origins while it runs; without it they stay in their order. */
      readonly advice?: MirrorAdvice | undefined;
    },
  ) {
    this.#state = state;
    this.#watch = options.watch;
    this.#stop = options.stop;
    this.#outer = options.outer;
    this.#dispatcher = new Dispatcher(state, this.#connections);
    const most = state.level === 'none' ? 1 : options.mostConnections;
    this.#growth = new Growth(state.clock, Math.min(FIRST_MIRRORS, state.origins.length), most, state.origins.length);
    this.#pace = new Pace(state);
    this.#judge = new OriginJudge(state);
    this.#proof = new OriginProof(state, this.#judge, (condemned, error, next) => {
      this.#turnover.retireAllOf(condemned);
      this.#watch.onFailover(condemned, error, next);
    });
    this.#ahead = new ProofAhead(state, this.#proof);
    this.#prober = new Prober(
      state,
      this,
      (from, bytes) => this.#dispatcher.spare(from, bytes),
      (connection, failed) => {
        if (failed !== undefined) this.#probeFailed(connection, failed.error);
        this.#wake();
      },
    );
    // Without a digest one origin has to do, and its place is known.
    const mayChoose = options.advice !== undefined && state.level === 'digest';
    this.#board = mayChoose
      ? new MirrorBoard(state, options.advice, (origin, wanted) => this.#prober.probe(origin, wanted))
      : undefined;
    this.#turnover = new Turnover(state, this.#connections, this.#judge, this.#dispatcher, mayChoose);
    this.#tickedAt = state.clock();
    this.#toldAt = this.#tickedAt;
  }

  /**
   * Returns when every byte is there, not yet verified as a whole, or when the watch wants it to end.
   * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED, DOWNLOAD_RETRY_LATER; the system's own errors of the disk; the
   *   outer signal's reason. Whatever it is, all connections have ended and all writes are settled.
   */
  async run(): Promise<void> {
    const onAbort = (): void => {
      this.#wake();
    };
    this.#outer.addEventListener('abort', onAbort, { once: true });
    try {
      while (!this.#state.map.complete) {
        this.#outer.throwIfAborted();
        if (this.#fatal !== undefined) throw this.#fatal as Error;
        this.#dropSuspects();
        const waitMs = this.#open();
        if (this.#connections.size === 0) this.#requireHope(waitMs);
        await this.#nap(Math.min(this.#growth.isFirst ? FIRST_TICK_MS : TICK_MS, Math.max(1, waitMs)));
        if (!(await this.#tick())) return;
      }
    } finally {
      this.#outer.removeEventListener('abort', onAbort);
      this.#stop.abort(new Error('the transfer has ended'));
      while (this.#connections.size + this.#prober.size + this.#ahead.size > 0) await this.#nap(TICK_MS);
      await this.#state.part.settle();
    }
  }

  // ── work for connections ────────────────────────────────────────────────────────────────────────────────────────

  next(connection: Connection, from: number): Lease | undefined {
    return this.#dispatcher.next(connection, from);
  }

  leave(connection: Connection, lease: Lease): void {
    const { bytes, ms } = connection.takeStock();
    if (bytes > 0) connection.origin.host.delivered(bytes, ms);
    this.#dispatcher.leave(connection, lease);
  }

  prove(origin: Origin, signal: AbortSignal): Promise<void> {
    return this.#proof.prove(origin, signal);
  }

  reconsider(origin: Origin, signal: AbortSignal): Promise<void> {
    return this.#proof.reconsider(origin, signal);
  }

  // ── connections ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Opens what may be opened. Returns after how many milliseconds another try makes sense. */
  #open(): number {
    // Who is being tested is connected to already, and may be used when that has ended.
    const wanted = this.#wanted - Math.min(this.#prober.size, Math.max(0, this.#growth.target - FIRST_MIRRORS));
    const useless = new Set<Origin>([...this.#prober.connections].map((connection) => connection.origin));
    while (this.#connections.size < wanted) {
      const { origin, waitMs } = this.#judge.pick(this.#connections.size > 0, useless);
      if (origin === undefined) return useless.size > 0 ? TICK_MS : waitMs;
      const connection = new Connection(this.#state, origin, this);
      const lease = this.#dispatcher.next(connection, 0);
      // Towards the end there may be nothing that this one would speed up, but something for another one.
      if (lease === undefined) useless.add(origin);
      else this.#launch(connection, lease);
    }
    this.#turnover.swap();
    return TICK_MS;
  }

  /** How many connections there ought to be. */
  get #wanted(): number {
    return this.#growth.target + (this.#dispatcher.needsHelp ? HELPERS : 0);
  }

  #launch(connection: Connection, lease: Lease): void {
    const { origin } = connection;
    const release = origin.host.open();
    origin.connected(this.#state.clock());
    this.#connections.add(connection);
    void connection
      .run(lease)
      .then(
        () => undefined,
        (error: unknown) => ({ error }),
      )
      .then((failed) => {
        this.#connections.delete(connection);
        origin.disconnected();
        release();
        this.#ended(connection, failed);
        this.#wake();
      });
  }

  #ended(connection: Connection, failed: { readonly error: unknown } | undefined): void {
    const { origin } = connection;
    if (failed === undefined || this.#stop.signal.aborted || this.#outer.aborted) return;
    const verdict = this.#judge.failed(connection, failed.error);
    if (verdict === 'local') {
      this.#fatal ??= failed.error;
      return;
    }
    if (verdict === 'refused' || !isLoopstickError(failed.error)) return;
    if (origin.out !== undefined) this.#turnover.retireAllOf(origin);
    this.#watch.onFailover(origin, origin.lastError ?? failed.error, this.#judge.pick(true).origin);
  }

  /** Nobody waited for it, so nobody has to be told. */
  #probeFailed(connection: Connection, error: unknown): void {
    if (this.#stop.signal.aborted || this.#outer.aborted) return;
    const { origin } = connection;
    if (this.#judge.failed(connection, error) === 'local') this.#fatal ??= error;
    if (origin.out !== undefined) this.#turnover.retireAllOf(origin);
  }

  /** Pieces of an origin that has another file count for nothing; nobody may be writing to them. */
  #dropSuspects(): void {
    const { map, origins, leases } = this.#state;
    for (const origin of origins) {
      if (!this.#judge.isSuspect(origin) || origin.connections > 0) continue;
      this.#judge.acquit(origin);
      // Nobody could say who is right: what it sent may be, and the digest will tell.
      if (origin.isDoubted) continue;
      for (let piece = 0; piece < map.count; piece++) {
        if (map.originOf(piece) === origin.index && !leases.isTaken(piece)) map.drop(piece);
      }
    }
  }

  /** Nothing is connected: either some mirror may be asked soon, or it is over. */
  #requireHope(waitMs: number): void {
    const { patience, job, engine } = this.#state;
    if (waitMs <= patience.longestWaitMs) return;
    if (waitMs === Infinity) {
      if (this.#judge.startAfresh()) return;
      throw allFailed(job, this.#state.origins);
    }
    throw retryLater(job, this.#state.origins, new Date(engine.context.now().getTime() + waitMs));
  }

  // ── the clock ───────────────────────────────────────────────────────────────────────────────────────────────────

  async #tick(): Promise<boolean> {
    const { map, origins, limiter, level } = this.#state;
    let received = 0;
    const ms = this.#state.clock() - this.#tickedAt;
    this.#tickedAt += ms;
    for (const origin of origins) if (origin.connections > 0) origin.busyMs += ms;
    for (const connection of this.#prober.connections) connection.sample();
    for (const connection of this.#connections) {
      connection.sample();
      connection.origin.peak = Math.max(connection.origin.peak, connection.peak);
    }
    for (const { speed } of origins) {
      speed.sample();
      received += speed.total;
    }
    const speed = origins.reduce((sum, origin) => sum + (origin.speed.value ?? 0), 0);
    const isLate = (map.size - map.done) / Math.max(1, speed) < TOO_LATE_SECONDS;
    const mayGrow = !limiter.limited && !isLate && level !== 'none' && !this.#load.isHigh();
    const idle = [...this.#connections].filter((connection) => connection.speed.total === 0).length;
    this.#growth.update(this.#connections.size, received, mayGrow, idle);
    this.#turnover.retireBeyond(this.#wanted);
    this.#board?.tick();
    this.#ahead.check(this.#connections);
    if (!limiter.limited) {
      this.#dispatcher.rebalance();
      if (this.#growth.isAtMost && !isLate) this.#turnover.move();
      this.#pace.check(this.#connections);
    }
    // While the beginning is watched closely, others are told when something happens, and else no more often than ever.
    const now = this.#state.clock();
    if (this.#growth.isFirst && !this.#isWoken && now - this.#toldAt < TICK_MS) return true;
    this.#isWoken = false;
    this.#toldAt = now;
    return await this.#watch.tick(received);
  }

  /** Sleeps until something happens, at most so long. */
  #nap(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        this.#isWoken = true;
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
