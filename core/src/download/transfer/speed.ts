/** Bytes a second, smoothed: what happened in the last seconds counts most. Times are monotonic milliseconds. */
export class Speed {
  readonly #clock: () => number;
  readonly #halfLifeMs: number;
  #bytes = 0;
  #since: number;
  #value: number | undefined;
  #total = 0;

  constructor(clock: () => number, halfLifeMs: number) {
    this.#clock = clock;
    this.#halfLifeMs = halfLifeMs;
    this.#since = clock();
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
    this.#bytes += bytes;
    this.#total += bytes;
  }

  /** Takes what was added since the last sample into account. */
  sample(): void {
    const now = this.#clock();
    const ms = now - this.#since;
    if (ms <= 0) return;
    const rate = (this.#bytes / ms) * 1000;
    const weight = 1 - 0.5 ** (ms / this.#halfLifeMs);
    this.#value = this.#value === undefined ? rate : this.#value + (rate - this.#value) * weight;
    this.#bytes = 0;
    this.#since = now;
  }

  /** Begins to measure anew, as after a pause. */
  restart(): void {
    this.#bytes = 0;
    this.#since = this.#clock();
    this.#value = undefined;
  }
}
