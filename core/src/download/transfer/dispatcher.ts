import type { Connection } from './connection.ts';
import type { Lease } from './lease.ts';
import type { Origin } from './origin.ts';
import { isComparable } from './probe.ts';
import type { TransferState } from './state.ts';

/** A lease is about what a connection fetches in this time, so that requests are few and nobody waits long for one. */
const LEASE_SECONDS = 20;
const SMALLEST_LEASE = 4 * 1024 * 1024;
/** Before anything is known of a connection's speed. */
const FIRST_LEASE = 16 * 1024 * 1024;
/** How far the work may run ahead of the first gap: what is hashed should still be in memory. */
const WINDOW = 512 * 1024 * 1024;
/** A connection has collapsed below this share of its best speed; with so much time to go, that is worth a new one. */
const COLLAPSE = 1 / 4;
const HELP_SECONDS = 2;
/** The speed of one that has just begun is that of a burst: beside it every pause is a collapse. */
const HELP_AGE_MS = 3000;
/** What will be done sooner than this is not worth taking over. */
const SOON_SECONDS = 0.4;
/** Nor worth fetching twice: a request alone takes about as long. */
const TOO_SOON_SECONDS = 0.15;
/** The race for the tail may fetch so much twice, and a hundredth of the file. */
const RACE_BYTES = 16 * 1024 * 1024;
const YOUNG_MS = 1000;
/** A racer has to be this much faster than who has the lease. */
const RACE_GAIN = 0.7;
/** One that has joined a race and is slow as well does not keep others from it. */
const MOST_RACERS = 3;

/** How much of what a stream is expected to read is left to it: speeds change. */
const YIELD = 0.75;
/** A piece that takes so many times as long as all the rest is not begun. */
const LATE = 1.25;

/** When all connections are this old, their speeds can be compared. */
const SETTLED_MS = 1500;
/** A connection is moved to another origin when it is so many times as fast there. */
const MOVE_GAIN = 2;

/** Decides who fetches what: first what is free, then a share of what somebody else would finish last. */
export class Dispatcher {
  readonly #state: TransferState;
  readonly #connections: ReadonlySet<Connection>;
  /** Leases on which several connections work, in a race: how many have joined whoever had it. */
  readonly #racers = new Map<Lease, number>();
  #racedBytes = 0;

  constructor(state: TransferState, connections: ReadonlySet<Connection>) {
    this.#state = state;
    this.#connections = connections;
  }

  /** The next work for a connection; undefined when there is none that it would speed up. */
  next(connection: Connection, from: number): Lease | undefined {
    const { leases, map } = this.#state;
    const length = this.#lengthFor(connection);
    if (connection.origin.streamOnly) return leases.take(Infinity, from);
    const free = this.#takeFree(length, from);
    if (free === undefined) return this.#steal(connection) ?? this.#race(connection);
    if (this.#isTooSlowFor(free, connection)) {
      leases.release(free);
      return undefined;
    }
    if (free.at - map.frontier <= WINDOW || this.#stream !== undefined) return free;
    // Far ahead: helping with what is late is better than running further.
    const late = this.#steal(connection);
    if (late === undefined) return free;
    leases.release(free);
    return late;
  }

  /**
   * While somebody streams the file from its beginning, what lies before him is his, and what he will come to last is
   * for the others: he has to read everything that is between.
   */
  #takeFree(length: number, from: number): Lease | undefined {
    const { leases } = this.#state;
    const stream = this.#stream;
    if (stream === undefined) return leases.take(length, from);
    const left = leases.take(length, 0);
    if (left !== undefined && left.at < (stream.lease?.at ?? 0)) return left;
    if (left !== undefined) leases.release(left);
    return leases.takeLast(length);
  }

  /** The connection that reads the whole file, if there is one. */
  get #stream(): Connection | undefined {
    return [...this.#connections].find(({ origin, lease }) => origin.streamOnly && lease !== undefined);
  }

  /** About so many bytes for somebody who is only to be measured, at or after `from` if there are any. */
  spare(from: number, bytes: number): Lease | undefined {
    const { leases, map } = this.#state;
    const there = leases.take(bytes, from);
    if (there !== undefined && there.left >= bytes) return there;
    // Towards the end of the file, or where something is begun, there may be less.
    const free = leases.take(bytes);
    if (there !== undefined && free !== undefined) {
      const [longer, shorter] = there.left >= free.left ? [there, free] : [free, there];
      leases.release(shorter);
      return longer;
    }
    if (there !== undefined || free !== undefined) return there ?? free;
    const late = this.#latest(({ lease }) => lease !== undefined && !this.#racers.has(lease));
    return late === undefined ? undefined : leases.cut(late.lease, late.lease.end - Math.max(bytes, map.pieceSize));
  }

  /** Whether somebody has become so slow that another connection should take over what it has left. */
  get needsHelp(): boolean {
    const grown = this.#state.clock() - HELP_AGE_MS;
    const late = this.#latest(({ speed, peak, openedAt }) => openedAt <= grown && (speed.value ?? 0) < peak * COLLAPSE);
    return late !== undefined && late.secondsLeft > HELP_SECONDS && this.#state.leases.allGiven;
  }

  /**
   * The connection that is worth more at another origin, which has fewer than it may have; undefined when there is none,
   * or when the last one that was moved has not shown yet what it is worth.
   */
  slowerThan(origin: Origin): Connection | undefined {
    const now = this.#state.clock();
    const all = [...this.#connections];
    if (origin.connections === 0 || all.some(({ openedAt }) => now - openedAt < SETTLED_MS)) return undefined;
    const expected = (origin.speed.value ?? 0) / origin.connections;
    const movable = all.filter((connection) => connection.origin !== origin && connection.origin.connections > 1);
    const slowest = movable.sort((a, b) => this.#speedOf(a) - this.#speedOf(b))[0];
    return slowest !== undefined && this.#speedOf(slowest) * MOVE_GAIN < expected ? slowest : undefined;
  }

  /** A connection has stopped working on a lease. What is left of it is free when it was the last. */
  leave(connection: Connection, lease: Lease): void {
    if (lease.left === 0) {
      for (const other of this.#connections) if (other !== connection && other.lease === lease) other.dropRequest();
    }
    // Who is left alone with it can be stolen from once more.
    const racers = this.#racers.get(lease) ?? 0;
    if (racers === 0) this.#state.leases.release(lease);
    else if (racers === 1) this.#racers.delete(lease);
    else this.#racers.set(lease, racers - 1);
  }

  /** Takes from slow connections what they will not get to for long, so that others can. */
  rebalance(): void {
    this.#yieldToStream();
    for (const connection of this.#connections) {
      const { lease, speed, origin } = connection;
      if (lease === undefined || speed.value === undefined || origin.streamOnly) continue;
      if (this.#state.clock() - connection.openedAt < 2000) continue;
      const kept = Math.max(this.#state.map.pieceSize, speed.value * LEASE_SECONDS);
      if (lease.left > 2 * kept) this.#state.leases.shorten(lease, lease.at + kept);
    }
  }

  /** What somebody is at that a stream will have read before the end is left to it, but for the piece that is begun. */
  #yieldToStream(): void {
    const { map, leases } = this.#state;
    const stream = this.#stream;
    const at = stream?.lease?.at;
    if (stream === undefined || at === undefined || stream.speed.value === undefined) return;
    let all = 0;
    for (const connection of this.#connections) all += connection.speed.value ?? 0;
    const meeting = at + (map.size - at) * (stream.speed.value / Math.max(1, all)) * YIELD;
    for (const { lease, origin } of this.#connections) {
      if (lease === undefined || origin.streamOnly || lease.at < at || lease.at >= meeting) continue;
      if (lease.left > 2 * map.pieceSize) leases.shorten(lease, lease.at + 1);
    }
  }

  /**
   * Whether a connection would still be at its first piece when the others could have brought all the rest: they would
   * have to fetch it once more then.
   */
  #isTooSlowFor({ at, left }: Lease, connection: Connection): boolean {
    const { map } = this.#state;
    const first = Math.min(left, map.endOf(map.pieceAt(at)) - at);
    return this.#isTooLate(first, this.#knownSpeedOf(connection), connection);
  }

  /** Whether an origin could not even bring a piece any more before the others are done. */
  isTooSlow({ host, peak }: Origin): boolean {
    return this.#isTooLate(this.#state.map.pieceSize, host.speed ?? (peak > 0 ? peak : undefined));
  }

  #isTooLate(bytes: number, speed: number | undefined, self?: Connection): boolean {
    const { map } = this.#state;
    let others = 0;
    for (const other of this.#connections) if (other !== self) others += other.speed.value ?? 0;
    if (speed === undefined || others === 0) return false;
    return bytes / Math.max(1, speed) > ((map.size - map.done) / others) * LATE;
  }

  #lengthFor({ origin, speed }: Connection): number {
    const known = speed.value ?? origin.host.speed;
    // What turns out to be another file should not have brought much.
    if (!origin.proven && this.#state.origins.length > 1) return SMALLEST_LEASE;
    if (known === undefined) return FIRST_LEASE;
    return Math.min(WINDOW, Math.max(SMALLEST_LEASE, known * LEASE_SECONDS));
  }

  #steal(thief: Connection): Lease | undefined {
    const mine = this.#speedOf(thief);
    // The end of a stream as well: it comes there last.
    for (const { lease, connection, secondsLeft } of this.#byEnd(true)) {
      if (secondsLeft < SOON_SECONDS) return undefined;
      if (this.#racers.has(lease)) continue;
      const share = lease.left * (mine / (mine + this.#speedOf(connection)));
      const stolen = this.#state.leases.cut(lease, lease.end - share);
      if (stolen !== undefined) return stolen;
    }
    return undefined;
  }

  /** Fetches what is left of a lease a second time, from somewhere faster. Whoever is first, wins. */
  #race(racer: Connection): Lease | undefined {
    const { map, level, clock } = this.#state;
    for (const { lease, connection, secondsLeft } of this.#byEnd()) {
      if (secondsLeft < TOO_SOON_SECONDS) return undefined;
      // Of a connection that has just begun nothing is known yet, unless it has joined somebody who is slow.
      const racers = this.#racers.get(lease) ?? 0;
      if (racers >= MOST_RACERS || (racers === 0 && clock() - connection.openedAt <= YOUNG_MS)) continue;
      // A second connection to a mirror that has joined already would only share what the first one has.
      if (racers > 0 && this.#isAt(lease, racer.origin)) continue;
      // Bytes of two origins in one piece need a digest that judges them, and to be compared before: what somebody has
      // seen from a piece's beginning is compared as it comes, so an empty one is anybody's.
      const { origin } = racer;
      const isOwn = connection.origin === origin || !this.#isForeign(lease, origin);
      const mayMix = isOwn || (level === 'digest' && this.#isProvable(origin));
      const seconds = lease.left / this.#speedOf(racer);
      if (!mayMix || Math.max(seconds, TOO_SOON_SECONDS) > secondsLeft * RACE_GAIN) continue;
      if (this.#racedBytes + lease.left > Math.max(RACE_BYTES, map.size / 100)) continue;
      this.#racedBytes += lease.left;
      this.#racers.set(lease, racers + 1);
      return lease;
    }
    return undefined;
  }

  #isAt(lease: Lease, origin: Origin): boolean {
    return [...this.#connections].some((connection) => connection.lease === lease && connection.origin === origin);
  }

  /** Whether an origin would go on with what another one has begun, or has to prove itself while there is something. */
  #isForeign({ at }: Lease, origin: Origin): boolean {
    const { map, level } = this.#state;
    const piece = map.pieceAt(at);
    return level !== 'digest' || (map.fillOf(piece) > 0 && map.originOf(piece) !== origin.index);
  }

  /** What is not proven yet is so before it gets its lease, if there is something to compare it with. */
  #isProvable(origin: Origin): boolean {
    return origin.proven || isComparable(this.#state, origin);
  }

  /** Whose lease would be done last, and when. */
  #latest(suits: (connection: Connection) => boolean): Latest | undefined {
    return this.#byEnd().find(({ connection }) => suits(connection));
  }

  /**
   * All leases, what would be done last first, each with the fastest of those who are at it.
   * @param streams also those of streams; nobody can go on where they are
   */
  #byEnd(streams: boolean = false): Latest[] {
    const all = new Map<Lease, Latest>();
    for (const connection of this.#connections) {
      const { lease, origin } = connection;
      if (lease === undefined || lease.left === 0 || (origin.streamOnly && !streams)) continue;
      const secondsLeft = lease.left / this.#speedOf(connection) + this.#silenceOf(connection);
      if (secondsLeft < (all.get(lease)?.secondsLeft ?? Infinity)) all.set(lease, { connection, lease, secondsLeft });
    }
    return [...all.values()].sort((a, b) => b.secondsLeft - a.secondsLeft);
  }

  /** Its own speed, or what can be expected of it. */
  #speedOf(connection: Connection): number {
    return Math.max(1, this.#knownSpeedOf(connection) ?? this.#typicalSpeed());
  }

  #knownSpeedOf({ speed, origin, isReading }: Connection): number | undefined {
    if (speed.value !== undefined && (isReading || speed.total > 0)) return speed.value;
    return origin.host.speed ?? (origin.peak > 0 ? origin.peak : undefined);
  }

  /** Seconds for which nothing has come since it asked: who is silent will be so for as long again. */
  #silenceOf({ isReading, lastBytesAt }: Connection): number {
    return isReading ? 0 : (this.#state.clock() - lastBytesAt) / 1000;
  }

  #typicalSpeed(): number {
    const known = [...this.#connections].flatMap(({ speed }) => (speed.total === 0 ? [] : [speed.value ?? 1]));
    return known.sort((a, b) => a - b)[Math.floor(known.length / 2)] ?? 1;
  }
}

interface Latest {
  readonly connection: Connection;
  readonly lease: Lease;
  readonly secondsLeft: number;
}
