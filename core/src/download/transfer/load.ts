import { performance, type EventLoopUtilization } from 'node:perf_hooks';

/** A thread that is busy for more than this share of the time is what limits the speed, or soon will be. */
const HIGH = 0.3;

/** How busy this thread is: when it is what limits a download, more connections only make more work for it. */
export class Load {
  #last: EventLoopUtilization = performance.eventLoopUtilization();

  /** Since the last call. */
  isHigh(): boolean {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#last);
    this.#last = now;
    return utilization > HIGH;
  }
}
