import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** What this thread has done since it began. */
type Measure = () => Pick<EventLoopUtilization, 'idle' | 'active'>;

/** A thread that is busy for more than this share of the time is what limits the speed, or soon will be. */
const HIGH = 0.5;
/** Over a shorter time, as from one event to the next, a thread is nearly always busy. */
const LEAST_MS = 200;

/** How busy this thread is: when it is what limits a download, more connections only make more work for it. */
export class Load {
  readonly #measure: Measure;
  #last: ReturnType<Measure>;
  /** In the last two times that were long enough: what is loaded at the beginning does not count. */
  #were: readonly [boolean, boolean] = [false, false];

  constructor(measure: Measure = () => performance.eventLoopUtilization()) {
    this.#measure = measure;
    this.#last = measure();
  }

  /** For a while, up to the last call or shortly before it. */
  isHigh(): boolean {
    const [now, last] = [this.#measure(), this.#last];
    const [active, idle] = [now.active - last.active, now.idle - last.idle];
    if (active + idle >= LEAST_MS) {
      this.#last = now;
      this.#were = [this.#were[1], active > HIGH * (active + idle)];
    }
    return this.#were[0] && this.#were[1];
  }
}
