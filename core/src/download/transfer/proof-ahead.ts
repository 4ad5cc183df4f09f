import { isLoopstickError } from '../../engine/errors.ts';
import type { Connection } from './connection.ts';
import { IDENTITY_CODES } from './failures.ts';
import type { Origin } from './origin.ts';
import type { OriginProof } from './origin-proof.ts';
import { asConnection, isComparable } from './probe.ts';
import type { TransferState } from './state.ts';

/** A mirror that answers a first request sooner loses next to nothing when it is compared between two leases. */
const FAR_MS = 150;
/** With the one that is at work: nobody has to take more. */
const CONNECTIONS = 2;

/**
 * Compares those who had begun before there was anything to compare them with, while their first lease still runs: a
 * mirror that is far away would be idle for several round trips otherwise, and one with another file is found sooner.
 */
export class ProofAhead {
  readonly #state: TransferState;
  readonly #proof: OriginProof;
  readonly #begun = new Set<Origin>();
  #running = 0;

  constructor(state: TransferState, proof: OriginProof) {
    this.#state = state;
    this.#proof = proof;
  }

  /** How many are being compared. */
  get size(): number {
    return this.#running;
  }

  check(connections: Iterable<Connection>): void {
    for (const connection of connections) {
      const { origin, isReading, isRetired } = connection;
      if (isReading && !isRetired && !this.#begun.has(origin) && this.#pays(origin)) {
        this.#begun.add(origin);
        void this.#compare(connection);
      }
    }
  }

  #pays(origin: Origin): boolean {
    const { perMirror = CONNECTIONS, level } = this.#state;
    if (level !== 'digest' || origin.proven || origin.streamOnly || (origin.answerMs ?? 0) < FAR_MS) return false;
    const isAllowed = perMirror >= CONNECTIONS && origin.connections === 1 && origin.host.wait() === 0;
    return isAllowed && isComparable(this.#state, origin);
  }

  async #compare(connection: Connection): Promise<void> {
    const { origin } = connection;
    const { signal } = this.#state;
    this.#running++;
    try {
      await asConnection(this.#state, origin, () => this.#proof.prove(origin, signal), signal);
    } catch (error) {
      // Whatever else went wrong shows when it is compared before its next lease.
      if (isLoopstickError(error) && IDENTITY_CODES.has(error.code)) connection.fail(error);
    } finally {
      this.#running--;
    }
  }
}
