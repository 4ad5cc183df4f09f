import { isLoopstickError, messageOf } from '../../engine/errors.ts';
import type { MirrorProbe, ProbeOptions } from '../../engine/hooks.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { Connection, type WorkSource } from './connection.ts';
import { factsOf, IDENTITY_CODES } from './failures.ts';
import type { Lease } from './lease.ts';
import type { Origin } from './origin.ts';
import { probeSpeed } from './probe-speed.ts';
import { randomOf } from './random.ts';
import type { TransferState } from './state.ts';

/** More at a time would measure each other (rate-mirrors issue 45). */
const MOST_AT_ONCE = 4;
/**
 * Asks mirrors that are not in use for a little of the file. What comes is written where it belongs, so that it costs
 * nothing: a probe is a connection with a small lease somewhere in the middle.
 */
export class Prober {
  readonly #state: TransferState;
  readonly #work: WorkSource;
  readonly #spare: (from: number, bytes: number) => Lease | undefined;
  readonly #onEnded: (connection: Connection, failed: Failed | undefined) => void;
  readonly #running = new Set<Connection>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  /**
   * @param spare a lease of about so many bytes, at or after an offset if there is one
   * @param onEnded told when a probe has ended and is counted no more: errors are not the prober's to judge
   */
  constructor(
    state: TransferState,
    work: WorkSource,
    spare: (from: number, bytes: number) => Lease | undefined,
    onEnded: (connection: Connection, failed: Failed | undefined) => void,
  ) {
    this.#state = state;
    this.#spare = spare;
    this.#onEnded = onEnded;
    this.#work = {
      next: () => undefined,
      leave: (connection, lease) => {
        work.leave(connection, lease);
      },
      prove: (origin, signal) => work.prove(origin, signal),
      reconsider: (origin, signal) => work.reconsider(origin, signal),
    };
  }

  /** Connections that are open. */
  get size(): number {
    return this.#running.size;
  }

  /** Those that are at work, oldest first. */
  get connections(): Iterable<Connection> {
    return this.#running;
  }

  /** @throws the transfer's signal's reason */
  async probe(origin: Origin, options: ProbeOptions): Promise<MirrorProbe> {
    if (this.#taken >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#taken++;
    try {
      this.#state.signal.throwIfAborted();
      return await this.#ask(origin, options);
    } finally {
      this.#taken--;
      this.#waiting.shift()?.();
    }
  }

  async #ask(origin: Origin, { bytes, ms }: ProbeOptions): Promise<MirrorProbe> {
    const { url } = origin;
    const { map, engine, clock } = this.#state;
    const unasked = (problem: string): MirrorProbe => ({ url, state: 'unasked', bytes: 0, problem });
    if (origin.out !== undefined) return verdict(origin, origin.out);
    if (origin.connections > 0) return unasked('it is in use');
    if (origin.streamOnly) return unasked('it sends whole files only');
    if (Math.max(origin.notBefore - clock(), origin.host.wait()) > 0) return unasked('it has to wait');
    const lease = this.#spare(map.startOf(Math.floor(randomOf(engine)() * map.count)), bytes);
    if (lease === undefined) return unasked('nothing is left to ask it for');

    const connection = new Connection(this.#state, origin, this.#work);
    connection.mostBytes = bytes;
    const release = origin.host.open();
    origin.connected(clock());
    this.#running.add(connection);
    const timer = setTimeout(() => {
      connection.retire();
    }, ms);
    const failed = await connection.run(lease).then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    clearTimeout(timer);
    this.#running.delete(connection);
    origin.disconnected();
    release();
    // Only now: what the error means depends on who else is connected.
    this.#onEnded(connection, failed);
    if (failed !== undefined) return verdict(origin, failed.error);
    const { total } = connection.speed;
    if (total === 0) return { url, state: 'failed', bytes: 0, problem: `it sent nothing within ${ms} ms` };
    const { askedAt, firstBytes, lastBytesAt } = connection;
    const first = firstBytes === undefined ? undefined : { at: firstBytes.at, bytes: firstBytes.length };
    origin.lastSpeed = probeSpeed({ askedAt, first, lastAt: lastBytesAt, bytes: total });
    return {
      ...{ url, state: 'current', bytes: total, speed: origin.lastSpeed },
      ...{ connectMs: origin.connectMs, firstByteMs: first === undefined ? undefined : first.at - askedAt },
    };
  }
}

interface Failed {
  readonly error: unknown;
}

function verdict({ url }: Origin, error: unknown): MirrorProbe {
  const problem = messageOf(error);
  if (!isLoopstickError(error)) return { url, state: 'failed', bytes: 0, problem };
  const isStale = IDENTITY_CODES.has(error.code) || error.code === DOWNLOAD_ERRORS.sizeMismatch.code;
  const { status } = factsOf(error);
  const isMissing = status === 404 || status === 410;
  return { url, state: isStale ? 'stale' : isMissing ? 'missing' : 'failed', bytes: 0, problem };
}
