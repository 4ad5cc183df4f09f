/** Long enough for a new connection to be in full swing, short enough not to lose much with too few. */
const WINDOW_MS = 900;
/** The first one is shorter: with too few connections every moment costs, and a trial that was in vain is given up. */
const FIRST_WINDOW_MS = 200;
/** By which a trial multiplies them: with few steps the right number is found soon, and too many are given up again. */
const STEP = 4;
/** A trial has failed when the whole did not become at least this much faster. */
const WORTH = 1.08;
/** What has just been connected may take so long to bring something before the trial is measured all the same. */
const PATIENCE_MS = 2_500;
/** After a trial in vain; twice as long after each further one. */
const FREEZE_MS = 5_000;
const LONGEST_FREEZE_MS = 60_000;
/** What was enough for a speed may not be for the rest of it: below this share another trial is made at once. */
const DROP = 0.7;

/**
 * How many connections a download should have: four times as many as long as that makes the whole faster, and otherwise as
 * many as before. More than help only cost the server.
 */
export class Growth {
  readonly #clock: () => number;
  readonly #most: number;
  readonly #mirrors: number;
  #target: number;
  #windowBegan: number;
  #bytesThen = 0;
  #bytesLast = 0;
  #hasBegun = false;
  #isFirst = true;
  /** Bytes a second with the number of connections before the trial. */
  #baseline: number | undefined;
  #before: number;
  #frozenUntil = Number.NEGATIVE_INFINITY;
  #freezeMs = FREEZE_MS;
  /** Bytes a second for which more connections were not worth having. */
  #enoughFor: number | undefined;
  /** Since when a trial waits for those that it has connected to. */
  #waitsSince: number | undefined;

  /**
   * @param clock monotonic milliseconds
   * @param mirrors who could be connected to: where that is many more, they come before second connections
   */
  constructor(clock: () => number, start: number, most: number, mirrors: number = 0) {
    this.#clock = clock;
    this.#most = most;
    this.#mirrors = mirrors;
    this.#target = Math.min(start, most);
    this.#before = this.#target;
    this.#windowBegan = clock();
  }

  get target(): number {
    return this.#target;
  }

  /** Whether the number to begin with is all that was tried so far. */
  get isFirst(): boolean {
    return this.#isFirst;
  }

  /** Whether there may be no more. */
  get isAtMost(): boolean {
    return this.#target >= this.#most;
  }

  /**
   * @param active connections that are open
   * @param bytes that have arrived altogether
   * @param mayGrow false while a limit, the disk or the end of the file makes measuring pointless
   * @param idle of those that are open, how many have not brought anything
   */
  update(active: number, bytes: number, mayGrow: boolean, idle: number = 0): void {
    const now = this.#clock();
    const isSilent = bytes === this.#bytesLast;
    this.#bytesLast = bytes;
    if (!mayGrow || active === 0) {
      this.#restart(now, bytes);
      return;
    }
    // How long it took to connect says nothing about how many are good.
    if (this.#isFirst && !this.#hasBegun) {
      this.#hasBegun = bytes > this.#bytesThen;
      this.#restart(now, bytes);
      return;
    }
    // Those that were added show what they are worth only when they bring something.
    if (this.#waitsSince !== undefined) {
      this.#windowBegan = now;
      this.#bytesThen = bytes;
      if (idle === 0 || now - this.#waitsSince >= PATIENCE_MS) this.#waitsSince = undefined;
      return;
    }
    const ms = now - this.#windowBegan;
    if (ms < (this.#isFirst ? FIRST_WINDOW_MS : WINDOW_MS)) return;
    const speed = ((bytes - this.#bytesThen) / ms) * 1000;
    const hasDropped = this.#enoughFor !== undefined && speed < this.#enoughFor * DROP;
    this.#windowBegan = now;
    this.#bytesThen = bytes;
    // Nobody answers, or who did has stopped: nothing can be said about how many are good before it goes on.
    if (isSilent && !hasDropped) return;
    if (now < this.#frozenUntil && !hasDropped) return;
    this.#isFirst = false;
    if (hasDropped) {
      this.#enoughFor = undefined;
      this.#freezeMs = FREEZE_MS;
    }

    if (this.#baseline !== undefined && speed < this.#baseline * WORTH) {
      // The trial was in vain: more connections than before are not worth having for a while.
      this.#target = this.#before;
      this.#enoughFor = this.#baseline;
      this.#baseline = undefined;
      this.#frozenUntil = now + this.#freezeMs;
      this.#freezeMs = Math.min(LONGEST_FREEZE_MS, this.#freezeMs * 2);
      return;
    }
    // Fewer than wanted are open: hosts refuse more, and nothing can be learned from asking again.
    if (active < this.#target || this.#target >= this.#most) {
      this.#baseline = undefined;
      return;
    }
    this.#before = this.#target;
    this.#baseline = speed;
    this.#waitsSince = now;
    this.#target = Math.min(this.#most, this.#next);
  }

  get #next(): number {
    const next = this.#target * STEP;
    return this.#mirrors >= 2 * this.#target ? Math.min(next, this.#mirrors) : next;
  }

  #restart(now: number, bytes: number): void {
    this.#waitsSince = undefined;
    this.#windowBegan = now;
    this.#bytesThen = bytes;
    this.#baseline = undefined;
  }
}
