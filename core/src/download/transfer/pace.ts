import { failure } from '../../engine/errors.ts';
import { formatBytes } from '../../engine/units.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { Connection } from './connection.ts';
import type { TransferState } from './state.ts';

/** A connection is slow below this share of the best one and below this rate, in bytes a second. */
const SLOW_SHARE = 1 / 8;
const SLOW_RATE = 128 * 1024;
/** Below this rate it is as good as dead, also when there is no better one. */
const DEAD_RATE = 1024;
/** How many idle times it may be slow before it is given up. */
const SLOW_IDLES = 2 / 3;
const DEAD_IDLES = 2;
const SILENT_IDLES = 1 / 8;

/**
 * Finds connections that trickle: a byte now and then keeps an idle timer quiet for ever. Those that merely are slower
 * than others are left alone, since they help.
 */
export class Pace {
  readonly #state: TransferState;
  readonly #slowSince = new WeakMap<Connection, number>();
  readonly #deadSince = new WeakMap<Connection, number>();

  constructor(state: TransferState) {
    this.#state = state;
  }

  check(connections: ReadonlySet<Connection>): void {
    const { patience } = this.#state;
    const best = Math.max(0, ...[...connections].map(({ speed }) => speed.value ?? 0));
    for (const connection of connections) {
      const speed = connection.speed.value;
      if (speed === undefined || connection.lease === undefined || !connection.isReading) {
        this.#slowSince.delete(connection);
        this.#deadSince.delete(connection);
        continue;
      }
      // Silence is watched elsewhere, and says more about what is wrong.
      const isSilent = this.#state.clock() - connection.lastBytesAt > patience.idleMs * SILENT_IDLES;
      const slow = !isSilent && speed < SLOW_RATE && speed < best * SLOW_SHARE;
      const isTooLong =
        this.#lasts(this.#slowSince, connection, slow, patience.idleMs * SLOW_IDLES) ||
        this.#lasts(this.#deadSince, connection, speed < DEAD_RATE, patience.idleMs * DEAD_IDLES);
      if (!isTooLong) continue;
      connection.fail(
        failure(DOWNLOAD_ERRORS.tooSlow, { mirror: connection.origin.name, speed: formatBytes(Math.round(speed)) }),
      );
    }
  }

  #lasts(since: WeakMap<Connection, number>, connection: Connection, holds: boolean, ms: number): boolean {
    const now = this.#state.clock();
    if (!holds) {
      since.delete(connection);
      return false;
    }
    const began = since.get(connection) ?? now;
    since.set(connection, began);
    return now - began >= ms;
  }
}
