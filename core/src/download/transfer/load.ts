import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** What this thread has done since it began. */
type Measure = () => Pick<EventLoopUtilization, 'idle' | 'active'>;

/** A thread that is busy for more than this share of the time is what limits the speed, or soon will be. */
const HIGH = 0.3;

/** How busy this thread is: when it is what limits a download, more connections only make more work for it. */
export class Load {
  readonly #measure: Measure;
  #last: ReturnType<Measure>;

  constructor(measure: Measure = () => performance.eventLoopUtilization()) {
    this.#measure = measure;
    this.#last = measure();
  }

  /** Since the last call. */
  isHigh(): boolean {
    const [now, last] = [this.#measure(), this.#last];
    this.#last = now;
    const [active, idle] = [now.active - last.active, now.idle - last.idle];
    return active > HIGH * (active + idle);
  }
}
