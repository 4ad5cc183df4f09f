import { setMaxListeners } from 'node:events';

/** What may be saved up while nobody asks; also how far a window of any length can exceed the rate. */
const BURST_MS = 250;
/** One read of a connection should take about so long of its share. */
const BATCH_MS = 100;
const SMALLEST_BATCH = 16 * 1024;
const LARGEST_BATCH = 1024 * 1024;
/** setTimeout takes no more than 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Bytes are whole, credit is not: less than this is rounding. */
const TOLERANCE = 0.01;

/** A limiter has its own clock, or that of the one above it. */
export type RateLimiterOptions = Rate & (Root | Child);

interface Rate {
  /** Bytes a second; unlimited when missing. */
  readonly rate?: number | undefined;
}

interface Root {
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly parent?: undefined;
}

interface Child {
  /** What is taken here is taken there as well: all connections of a job, of all jobs of a host, of all hosts. */
  readonly parent: RateLimiter;
  readonly clock?: undefined;
}

/** Who waits for bytes: at each limiter it is served when the credit reaches its mark. */
interface Waiter {
  readonly bytes: number;
  readonly marks: Map<RateLimiter, number>;
  /** Looks again when it may go on. */
  check: () => void;
}

/**
 * A bucket of a token-bucket hierarchy. Every request reserves its bytes behind those before it, at all limiters above
 * at the same time, and goes on when the credit of each, which grows at the limiter's rate, has reached the end of its
 * reservation. So waiters are served in the order of their requests, which is in turn when each connection has one; no
 * credit is lost to a late timer; and a request may be larger than what can be saved up.
 */
export class RateLimiter {
  readonly #parent: RateLimiter | undefined;
  readonly #clock: () => number;
  readonly #waiters = new Set<Waiter>();
  #rate: number | undefined;
  /** Bytes that were allowed since the beginning. */
  #credit = 0;
  /** Bytes that were asked for since the beginning. */
  #reserved = 0;
  #updated: number;

  constructor({ rate, parent, clock }: RateLimiterOptions) {
    this.#rate = checked(rate);
    this.#parent = parent;
    this.#clock = parent === undefined ? clock : parent.clock;
    this.#updated = this.#clock();
  }

  get clock(): () => number {
    return this.#clock;
  }

  /** Bytes a second; undefined when it is unlimited. A change holds at once, also for who waits. */
  get rate(): number | undefined {
    return this.#rate;
  }

  set rate(rate: number | undefined) {
    this.#update();
    this.#rate = checked(rate);
    if (rate === undefined) {
      for (const waiter of this.#waiters) waiter.marks.delete(this);
      this.#credit = this.#reserved;
    } else {
      this.#credit = Math.min(this.#credit, this.#mostCredit(rate));
    }
    this.#checkAll();
    if (rate === undefined) this.#waiters.clear();
  }

  /** Whether this limiter or one above it has a rate. */
  get limited(): boolean {
    return this.#limits().length > 0;
  }

  /** How many bytes one read should take when so many connections share the rate, so that the flow is even. */
  batchFor(connections: number): number {
    const rate = Math.min(...this.#limits().map((limit) => limit.#rate ?? Number.POSITIVE_INFINITY));
    const share = ((rate / Math.max(1, connections)) * BATCH_MS) / 1000;
    return Math.floor(Math.min(LARGEST_BATCH, Math.max(SMALLEST_BATCH, share)));
  }

  /**
   * Resolves when so many bytes may be moved: at once when there is no limit.
   * @throws the signal's reason; the bytes are not taken then
   */
  take(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const limits = this.#limits();
    if (limits.length === 0 || bytes <= 0) return Promise.resolve();
    const waiter: Waiter = { bytes, marks: new Map(), check: () => undefined };
    for (const limit of limits) limit.#reserve(waiter);
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const onAbort = (): void => {
        clearTimeout(timer);
        for (const limit of limits) limit.#giveBack(waiter);
        reject(signal.reason as Error);
      };
      waiter.check = () => {
        clearTimeout(timer);
        const ms = Math.max(0, ...[...waiter.marks].map(([limit, mark]) => limit.#msUntil(mark)));
        if (ms > 0) {
          timer = setTimeout(waiter.check, Math.min(LONGEST_TIMER_MS, Math.ceil(ms)));
          return;
        }
        signal.removeEventListener('abort', onAbort);
        for (const limit of limits) limit.#waiters.delete(waiter);
        resolve();
      };
      waiter.check();
      if (timer === undefined) return;
      // All connections of a download may wait with the same signal, which is no leak.
      setMaxListeners(0, signal);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** This one and those above it, as far as they have a rate. */
  #limits(): RateLimiter[] {
    const above = this.#parent === undefined ? [] : this.#parent.#limits();
    return this.#rate === undefined ? above : [this, ...above];
  }

  #reserve(waiter: Waiter): void {
    this.#update();
    this.#reserved += waiter.bytes;
    waiter.marks.set(this, this.#reserved);
    this.#waiters.add(waiter);
  }

  /** As if it had never asked: who came later moves up. */
  #giveBack(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    const mark = waiter.marks.get(this);
    if (mark === undefined) return;
    this.#update();
    this.#reserved -= waiter.bytes;
    for (const { marks } of this.#waiters) {
      const other = marks.get(this);
      if (other !== undefined && other > mark) marks.set(this, other - waiter.bytes);
    }
    this.#update();
    this.#checkAll();
  }

  #checkAll(): void {
    for (const waiter of [...this.#waiters]) waiter.check();
  }

  #msUntil(mark: number): number {
    this.#update();
    const missing = mark - this.#credit;
    return this.#rate === undefined || missing < TOLERANCE ? 0 : (missing / this.#rate) * 1000;
  }

  #update(): void {
    const now = this.#clock();
    const ms = Math.max(0, now - this.#updated);
    this.#updated = now;
    if (this.#rate === undefined) return;
    this.#credit = Math.min(this.#credit + (this.#rate * ms) / 1000, this.#mostCredit(this.#rate));
  }

  #mostCredit(rate: number): number {
    return this.#reserved + (rate * BURST_MS) / 1000;
  }
}

function checked(rate: number | undefined): number | undefined {
  if (rate !== undefined && !(rate > 0)) throw new RangeError('a rate is more than 0 bytes a second, or undefined');
  return rate;
}
