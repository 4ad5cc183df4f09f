/**
 * Lets so many bytes through, over all bodies of a server, and no more until somebody opens it. With it a test has all
 * the time it needs while a download is half-way, however slow the machine is.
 */
export class Gate {
  /** Resolves when all that may go has gone. */
  readonly reached: Promise<void>;
  #left: number;
  #onReached: () => void = () => undefined;
  readonly #opened: Promise<void>;
  #onOpened: () => void = () => undefined;

  constructor(after: number) {
    this.#left = after;
    this.reached = new Promise((resolve) => {
      this.#onReached = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.#onOpened = resolve;
    });
  }

  /** How many of so many bytes may go now: at least one, once it resolves. @throws the signal's reason */
  async pass(bytes: number, stop: AbortSignal): Promise<number> {
    if (this.#left <= 0) await until(this.#opened, stop);
    const passing = Math.min(bytes, this.#left);
    this.#left -= passing;
    return passing;
  }

  /** Says that what may go has been sent, when it has. */
  sent(): void {
    if (this.#left <= 0) this.#onReached();
  }

  open(): void {
    this.#left = Infinity;
    this.#onOpened();
  }
}

function until(opened: Promise<void>, stop: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(stop.reason as Error);
    };
    stop.throwIfAborted();
    stop.addEventListener('abort', onAbort, { once: true });
    void opened.then(() => {
      stop.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
