import { failure, isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { Connection } from './connection.ts';
import { factsOf, IDENTITY_CODES, RANGE_CODES } from './failures.ts';
import { differentFile, sizeMismatch } from './identity.ts';
import type { Origin } from './origin.ts';
import { randomOf } from './random.ts';
import { backoffMs, classify } from './retry.ts';
import type { TransferState } from './state.ts';

/** The answers by which a busy server says: not so many at once, or not now. */
const BUSY = [429, 503];
/** What a server says when an address was good for some time only. */
const EXPIRED = [401, 403, 404, 410];

/** One that has all connections that it may have is asked about again so soon. */
const FULL_MS = 250;
/** Rather than wait longer for a mirror that is wanted, one is taken that the strategy does not want. */
const BENCH_MS = 2_000;

/** Decides which origin is asked next, and what an error means for the one that made it. */
export class OriginJudge {
  readonly #state: TransferState;
  readonly #suspects = new Set<Origin>();
  readonly #hadSecondChance = new Set<Origin>();

  constructor(state: TransferState) {
    this.#state = state;
  }

  /**
   * The origin to connect to: one that has no connection before one that has, of these the best ranked, of
   * those the fastest.
   * @param others whether other connections are at work: only a last resort is a server that sends whole files
   * @param except not these
   */
  pick(
    others: boolean,
    except: ReadonlySet<Origin> = new Set(),
  ): { readonly origin: Origin | undefined; readonly waitMs: number } {
    const usable = this.#usable();
    const wanted = this.#pickFrom(
      usable.filter(({ benched }) => !benched),
      others,
      except,
    );
    if (wanted.origin !== undefined || others || wanted.waitMs <= BENCH_MS) return wanted;
    const any = this.#pickFrom(usable, others, except);
    return { origin: any.origin, waitMs: Math.min(wanted.waitMs, any.waitMs) };
  }

  #pickFrom(
    usable: readonly Origin[],
    others: boolean,
    except: ReadonlySet<Origin>,
  ): { readonly origin: Origin | undefined; readonly waitMs: number } {
    const ranged = usable.filter(({ streamOnly }) => !streamOnly);
    if (ranged.length === 0 && others) return { origin: undefined, waitMs: Infinity };
    let waitMs = Infinity;
    const most = ranged.length > 1 ? (this.#state.perMirror ?? Infinity) : Infinity;
    const ready = (ranged.length > 0 ? ranged : usable).filter((origin) => {
      if (except.has(origin)) return false;
      const isFull = origin.connections >= most;
      const wait = Math.max(isFull ? FULL_MS : 0, origin.notBefore - this.#state.clock(), origin.host.wait());
      waitMs = Math.min(waitMs, wait);
      return wait <= 0;
    });
    const [origin] = ready.sort((a, b) => this.#value(b) - this.#value(a) || a.rank - b.rank);
    return { origin, waitMs };
  }

  /**
   * Notes that a connection failed. `local`: no mirror's fault, the transfer has to end. `refused`: the host takes no
   * more connections, which says nothing against those that it has. `out`: the origin is given up. `later`: it is asked
   * again after a while.
   */
  failed(connection: Connection, thrown: unknown): 'local' | 'refused' | 'out' | 'later' {
    const { patience, clock, engine } = this.#state;
    const { origin } = connection;
    const kind = classify(thrown, patience);
    if (kind === 'local' || !isLoopstickError(thrown)) return 'local';
    const error = this.#translate(origin, thrown);
    const { status, retryAfterMs } = factsOf(error);
    if (retryAfterMs !== undefined) origin.host.park(retryAfterMs);
    const bytes = connection.speed.total;
    if (bytes === 0 && origin.host.connections > 0 && this.#isRefusal(error, status)) {
      origin.host.refused(status !== undefined);
      return 'refused';
    }

    origin.failed++;
    origin.lastError = error;
    // Bad ranges leave the whole file to be asked for.
    if (RANGE_CODES.has(error.code) && !origin.streamOnly && this.#state.level !== 'none') {
      origin.streamOnly = true;
      return 'later';
    }
    origin.unpin();
    origin.failures = bytes >= patience.worthwhile ? 1 : origin.failures + 1;
    const expired = status !== undefined && EXPIRED.includes(status) && (origin.speed.total > 0 || origin.isPinned);
    const isTransient = kind === 'transient' || expired;
    if (isTransient && origin.failures < patience.attempts) {
      origin.notBefore = clock() + backoffMs(origin.failures, patience, randomOf(engine));
      if (kind === 'transient') origin.host.failed('transient');
      return 'later';
    }
    origin.out = error;
    if (!isTransient) origin.host.failed('mirror');
    if (IDENTITY_CODES.has(error.code)) this.#suspects.add(origin);
    return 'out';
  }

  /** Gives up an origin that has another file, with everything that it sent. */
  condemn(origin: Origin, problem: string): LoopstickError {
    const error = differentFile(origin, problem);
    origin.failed++;
    origin.lastError = error;
    origin.out = error;
    this.#suspects.add(origin);
    return error;
  }

  /** Whether its bytes are to be dropped. */
  isSuspect(origin: Origin): boolean {
    return this.#suspects.has(origin);
  }

  acquit(origin: Origin): void {
    this.#suspects.delete(origin);
  }

  changed(origin: Origin): LoopstickError {
    return failure(DOWNLOAD_ERRORS.changed, { mirror: origin.name });
  }

  /**
   * When nobody is left but somebody who has another file than the one that is here: what is here may be the wrong one.
   * Each origin gets that chance once. False when there is nobody.
   */
  startAfresh(): boolean {
    const { origins, map } = this.#state;
    const origin = origins.find(
      (one) => one.out !== undefined && IDENTITY_CODES.has(one.out.code) && !this.#hadSecondChance.has(one),
    );
    if (origin === undefined || !this.#isHeldDoubtful()) return false;
    this.#hadSecondChance.add(origin);
    for (let piece = 0; piece < map.count; piece++) map.drop(piece);
    origin.out = undefined;
    origin.isDoubted = false;
    origin.failures = 0;
    origin.proven = true;
    origin.forget();
    return true;
  }

  /** Whether nobody who sent what is here is merely silent: then it may be right, and stays. */
  #isHeldDoubtful(): boolean {
    const { map, origins } = this.#state;
    for (let piece = 0; piece < map.count; piece++) {
      const holder = origins[map.originOf(piece)];
      if (holder !== undefined && !IDENTITY_CODES.has(holder.out?.code ?? '')) return false;
    }
    return true;
  }

  #usable(): Origin[] {
    const usable = this.#state.origins.filter(({ out }) => out === undefined);
    // Without a digest, pieces of two origins cannot be proven to be of one file.
    if (this.#state.level === 'digest') return usable;
    return [usable.find(({ isPinned }) => isPinned) ?? usable[0]].flatMap((origin) => origin ?? []);
  }

  /** What one more connection may bring; a mirror without one is worth a try. */
  #value({ connections, speed, host }: Origin): number {
    if (connections === 0) return Number.MAX_VALUE;
    return (speed.value ?? host.speed ?? 0) / connections;
  }

  #isRefusal(error: LoopstickError, status: number | undefined): boolean {
    if (status !== undefined) return BUSY.includes(status);
    return error.code === DOWNLOAD_ERRORS.connection.code;
  }

  /** A 416 that says how long the file is says more than that it has no such byte. */
  #translate(origin: Origin, error: LoopstickError): LoopstickError {
    const { total } = factsOf(error);
    if (error.code !== DOWNLOAD_ERRORS.rangeUnsatisfiable.code || total === undefined) return error;
    if (total === this.#state.map.size) return error;
    origin.otherSize = total;
    return sizeMismatch(origin, total, this.#state.map.size);
  }
}
