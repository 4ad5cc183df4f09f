import type { TransferReport } from '../job.ts';
import type { Origin } from './origin.ts';
import { Speed } from './speed.ts';

/**
 * Puts together what is told of a running download. What is reported as done never goes back, and is never more than
 * the total: bytes that turn out to be wrong, or of another size of file, are fetched again behind what was told.
 */
export class Reporter {
  readonly #label: string;
  readonly #tell: (report: TransferReport) => void;
  readonly #speed: Speed;
  readonly #resumed: number;
  #done: number;
  #received = 0;

  constructor(label: string, resumed: number, clock: () => number, tell: (report: TransferReport) => void) {
    this.#label = label;
    this.#tell = tell;
    this.#speed = new Speed(clock, 2500);
    this.#resumed = resumed;
    this.#done = resumed;
  }

  get speed(): number {
    return this.#speed.value ?? 0;
  }

  /**
   * @param done bytes that are there
   * @param received bytes that have come in this run, including those that were of no use
   */
  report(done: number, total: number | undefined, received: number, origins: readonly Origin[]): void {
    this.#speed.add(received - this.#received);
    this.#received = received;
    this.#speed.sample();
    this.#done = Math.max(this.#done, done);
    const speed = this.speed;
    const left = total === undefined ? undefined : total - done;
    this.#tell({
      label: this.#label,
      done: this.#done,
      total: total === undefined ? undefined : Math.max(total, this.#done),
      speed,
      eta: left === undefined || speed < 1 ? undefined : left / speed,
      resumed: this.#resumed,
      connections: origins.reduce((sum, { connections }) => sum + connections, 0),
      mirrors: origins
        .filter(({ speed: { total: bytes }, connections }) => bytes > 0 || connections > 0)
        .map(({ name, speed: { total: bytes, value = 0 }, connections }) => ({
          mirror: name,
          bytes,
          speed: value,
          connections,
        })),
    });
  }
}
