const FAILURES = 5;
const FIRST_OPEN_MS = 30_000;
const LONGEST_OPEN_MS = 300_000;
/** Of the open time, so that not all processes try again at the same moment. */
const JITTER = 0.1;

/**
 * Keeps a host from being asked that fails again and again. After so many failures in a row it is open: nobody asks.
 * After a while it is half-open: one may try, and the others wait for what comes of it. All times are monotonic.
 */
export class Breaker {
  readonly #clock: () => number;
  readonly #random: () => number;
  #failures = 0;
  #openMs = FIRST_OPEN_MS;
  /** Undefined while it is closed. */
  #openUntil: number | undefined;
  #trial: object | undefined;

  constructor(clock: () => number, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Milliseconds for which it stays open. */
  get openFor(): number {
    return this.#openUntil === undefined ? 0 : Math.max(0, this.#openUntil - this.#clock());
  }

  /** Whether the one trial of the half-open state is under way. */
  get isTried(): boolean {
    return this.#trial !== undefined;
  }

  /** Notes an attempt; in the half-open state it is the trial. Call the result when it has ended. */
  begin(): () => void {
    if (this.#openUntil === undefined || this.#trial !== undefined) return () => undefined;
    const trial = {};
    this.#trial = trial;
    return () => {
      if (this.#trial === trial) this.#trial = undefined;
    };
  }

  succeeded(): void {
    this.#failures = 0;
    this.#openMs = FIRST_OPEN_MS;
    this.#openUntil = undefined;
    this.#trial = undefined;
  }

  failed(): void {
    // What was begun before it opened says nothing new.
    if (this.openFor > 0) return;
    this.#failures++;
    if (this.#openUntil === undefined && this.#failures < FAILURES) return;
    this.#openUntil = this.#clock() + this.#openMs * (1 + JITTER * this.#random());
    this.#openMs = Math.min(LONGEST_OPEN_MS, this.#openMs * 2);
    this.#trial = undefined;
  }
}
