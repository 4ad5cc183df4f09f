/** Waits for one mirror: not longer than agreed, and not after the user has had enough. */
export class Watchdog {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onOuter: () => void;
  #reject: ((reason: Error) => void) | undefined;

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    this.#onOuter = () => {
      this.#stop(outer.reason);
    };
    outer.addEventListener('abort', this.#onOuter, { once: true });
    if (outer.aborted) this.#onOuter();
  }

  /** Aborted when a wait was too long, when the outer signal is, and at the end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What `work` resolves to; after `ms`, or when aborted, rejects with the reason even if `work` never settles. */
  wait<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#stop(late());
      }, ms);
      const settle = (): void => {
        clearTimeout(timer);
      };
      this.#reject = (reason) => {
        settle();
        reject(reason);
      };
      if (this.signal.aborted) this.#reject(this.signal.reason as Error);
      void work.then(resolve, reject).finally(settle);
    });
  }

  /** Lets go of the connection. */
  end(): void {
    this.release();
    this.#stop(new Error('no longer needed'));
  }

  /** Watches no longer, and leaves the connection as it is. */
  release(): void {
    this.#outer.removeEventListener('abort', this.#onOuter);
  }

  #stop(reason: unknown): void {
    this.#controller.abort(reason);
    this.#reject?.(this.signal.reason as Error);
  }
}
