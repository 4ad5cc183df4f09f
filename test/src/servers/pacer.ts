import { setTimeout as sleep } from 'node:timers/promises';

/** Lateness of timers is made up for; after a longer pause, in milliseconds, it begins anew. */
const LATE_MS = 100;

/** Keeps what goes through it at a rate, over all that share it. */
export class Pacer {
  #due = 0;

  /**
   * Waits until so many bytes more may have gone.
   * @param rate in bytes a second
   */
  async pass(bytes: number, rate: number, stop: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#due = (now - this.#due > LATE_MS ? now : this.#due) + (bytes / rate) * 1000;
    if (this.#due > now) await sleep(this.#due - now, undefined, { signal: stop });
  }
}
