/** For so long nobody is taken for slow who has not sent anything: he is being connected to. */
const GRACE_MS = 1000;
/** A burst of what was held somewhere on the way says nothing. */
const LEAST_MS = 200;

/**
 * Bytes a second: what happened in the last seconds counts most, and at first all that has happened, from the first
 * bytes on. Times are monotonic milliseconds.
 */
export class Speed {
  readonly #clock: () => number;
  readonly #halfLifeMs: number;
  /** Since the last sample. */
  #fresh = 0;
  #since: number;
  /** Begins to count when bytes come, or after the grace. */
  #hasBegun = false;
  #begunAt: number;
  /** Bytes, and the milliseconds in which they came; both fade. */
  #bytes = 0;
  #ms = 0;
  #value: number | undefined;
  #total = 0;

  constructor(clock: () => number, halfLifeMs: number) {
    this.#clock = clock;
    this.#halfLifeMs = halfLifeMs;
    this.#since = clock();
    this.#begunAt = this.#since;
  }

  /** All bytes ever added. */
  get total(): number {
    return this.#total;
  }

  /** Undefined before anything could be measured. */
  get value(): number | undefined {
    return this.#value;
  }

  add(bytes: number): void {
    if (!this.#hasBegun) this.#begin();
    this.#fresh += bytes;
    this.#total += bytes;
  }

  /** Takes what was added since the last sample into account. */
  sample(): void {
    const now = this.#clock();
    if (!this.#hasBegun && now - this.#since >= GRACE_MS) this.#begin();
    const ms = now - this.#since;
    if (!this.#hasBegun || ms <= 0) return;
    const fading = 0.5 ** (ms / this.#halfLifeMs);
    this.#bytes = this.#bytes * fading + this.#fresh;
    this.#ms = this.#ms * fading + ms;
    this.#fresh = 0;
    this.#since = now;
    if (now - this.#begunAt >= LEAST_MS) this.#value = (this.#bytes / this.#ms) * 1000;
  }

  /** Begins to measure anew, as after a pause. */
  restart(): void {
    this.#since = this.#clock();
    this.#hasBegun = false;
    [this.#fresh, this.#bytes, this.#ms] = [0, 0, 0];
    this.#value = undefined;
  }

  #begin(): void {
    this.#hasBegun = true;
    this.#since = this.#clock();
    this.#begunAt = this.#since;
  }
}
