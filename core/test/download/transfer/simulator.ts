/** A transfer in virtual time: the real scheduling, connections that are arithmetic. */
import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { Connection } from '../../../src/download/transfer/connection.ts';
import { Dispatcher } from '../../../src/download/transfer/dispatcher.ts';
import { Growth } from '../../../src/download/transfer/growth.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { Leases } from '../../../src/download/transfer/lease.ts';
import { OriginJudge } from '../../../src/download/transfer/origin-judge.ts';
import { Origin } from '../../../src/download/transfer/origin.ts';
import type { TransferState } from '../../../src/download/transfer/state.ts';

const STEP_MS = 25;
const TICK_MS = 250;
/** As in transfer.ts. */
const FIRST_MIRRORS = 3;
const TOO_LATE_SECONDS = 3;
const HELPERS = 1;

/** What a server gives, in bytes a second, at a time in seconds. */
export interface Mirror {
  /** To all connections together. Default: no limit. */
  readonly total?: (time: number) => number;
  /** To each connection. Default: no limit. */
  readonly each?: (time: number) => number;
  /** Seconds until an answer comes. */
  readonly latency?: number;
}

export interface Simulation {
  readonly size: number;
  readonly mirrors: readonly Mirror[];
  readonly perJob?: number;
  readonly perHost?: number;
  readonly perMirror?: number;
}

export interface Outcome {
  readonly seconds: number;
  /** Bytes that came a second time. */
  readonly duplicates: number;
  readonly requests: number;
  /** Connections that were open, from tick to tick. */
  readonly connections: readonly number[];
  readonly mostPerHost: number;
}

/** A connection and the request that it is reading. */
interface Reader {
  readonly connection: Connection;
  readonly release: () => void;
  /** The next byte that comes, and when. */
  at: number;
  from: number;
}

/** Runs a transfer to its end. @throws RangeError when it has not ended after a day */
export function simulate({ size, mirrors, perJob = 16, perHost = 4, perMirror }: Simulation): Outcome {
  let ms = 0;
  const clock = (): number => ms;
  const hosts = new Hosts({ clock, now: () => new Date(ms), perHost, random: () => 0.5 });
  const origins = mirrors.map((_, index) => {
    const url = `http://mirror-${index}.example/image.iso`;
    return new Origin(url, index, hosts.at(url), clock);
  });
  const map = new PieceMap(size);
  const leases = new Leases(map);
  const connections = new Set<Connection>();
  const readers = new Map<Connection, Reader>();
  // Nothing of the rest is touched by what is simulated here.
  const state = { clock, map, leases, origins, perMirror, level: 'digest' } as unknown as TransferState;
  const dispatcher = new Dispatcher(state, connections);
  const growth = new Growth(clock, Math.min(FIRST_MIRRORS, origins.length), perJob);
  const judge = new OriginJudge(state);
  const seen: number[] = [];
  let [duplicates, requests, mostPerHost, received] = [0, 0, 0, 0];

  const wanted = (): number => growth.target + (dispatcher.needsHelp ? HELPERS : 0);
  const request = (reader: Reader): void => {
    const { lease, origin } = reader.connection;
    reader.connection.isReading = false;
    reader.connection.lastBytesAt = ms;
    requests++;
    reader.at = lease?.at ?? 0;
    reader.from = ms + (mirrors[origin.index]?.latency ?? 0.02) * 1000;
    origin.proven = true;
  };
  const open = (): void => {
    const useless = new Set<Origin>();
    while (connections.size < wanted()) {
      const { origin } = judge.pick(connections.size > 0, useless);
      if (origin === undefined) return;
      const connection = new Connection(state, origin, undefined as never);
      const lease = dispatcher.next(connection, 0);
      if (lease === undefined) {
        useless.add(origin);
        continue;
      }
      connection.lease = lease;
      connections.add(connection);
      origin.connections++;
      const reader = { connection, release: origin.host.open(), at: 0, from: 0 };
      readers.set(connection, reader);
      request(reader);
      mostPerHost = Math.max(mostPerHost, origin.connections);
    }
  };
  const close = ({ connection, release }: Reader): void => {
    if (connection.lease !== undefined) dispatcher.leave(connection, connection.lease);
    connection.lease = undefined;
    connections.delete(connection);
    readers.delete(connection);
    connection.origin.connections--;
    release();
  };
  const turn = (reader: Reader): void => {
    const { connection } = reader;
    if (connection.lease === undefined || connection.lease.left > 0) return;
    dispatcher.leave(connection, connection.lease);
    connection.lease = dispatcher.next(connection, 0);
    if (connection.lease === undefined) close(reader);
    else request(reader);
  };
  const receive = (reader: Reader, rate: number): void => {
    const { connection } = reader;
    const { lease, origin } = connection;
    if (lease === undefined) return;
    connection.isReading = true;
    const bytes = Math.min(Math.round((rate * STEP_MS) / 1000), lease.end - reader.at);
    const fresh = Math.max(0, reader.at + bytes - lease.at);
    reader.at += bytes;
    received += bytes;
    duplicates += bytes - fresh;
    accept(map, lease, fresh, origin.index);
    connection.speed.add(fresh);
    origin.speed.add(fresh);
  };
  const tick = (): void => {
    for (const connection of connections) {
      connection.sample();
      connection.origin.peak = Math.max(connection.origin.peak, connection.peak);
    }
    for (const { speed } of origins) speed.sample();
    const speed = origins.reduce((sum, origin) => sum + (origin.speed.value ?? 0), 0);
    const isLate = (map.size - map.done) / Math.max(1, speed) < TOO_LATE_SECONDS;
    growth.update(connections.size, received, !isLate);
    for (const connection of [...connections].slice(wanted())) {
      const reader = readers.get(connection);
      if (reader !== undefined) close(reader);
    }
    dispatcher.rebalance();
    const { origin } = judge.pick(true);
    if (growth.isAtMost && !isLate && origin !== undefined) {
      const slower = dispatcher.slowerThan(origin);
      const reader = slower === undefined ? undefined : readers.get(slower);
      if (reader !== undefined) close(reader);
    }
    seen.push(connections.size);
  };

  for (let next = TICK_MS; !map.complete; ms += STEP_MS) {
    if (ms > 86_400_000) throw new RangeError('the transfer does not end');
    open();
    for (const [index, { total, each }] of mirrors.entries()) {
      const reading = [...readers.values()].filter(({ connection }) => connection.origin.index === index);
      const flowing = reading.filter(({ from }) => from <= ms);
      const share = (total?.(ms / 1000) ?? Infinity) / Math.max(1, flowing.length);
      for (const reader of flowing) receive(reader, Math.min(share, each?.(ms / 1000) ?? Infinity));
    }
    for (const reader of [...readers.values()]) turn(reader);
    if (ms >= next) {
      tick();
      next += TICK_MS;
    }
  }
  return { seconds: ms / 1000, duplicates, requests, connections: seen, mostPerHost };
}

/** As Connection does: piece by piece. */
function accept(map: PieceMap, lease: { at: number }, length: number, origin: number): void {
  for (let left = length; left > 0;) {
    const piece = map.pieceAt(lease.at);
    const step = Math.min(left, map.endOf(piece) - lease.at);
    map.accept(piece, step, origin, 0);
    map.wrote(lease.at, lease.at + step);
    lease.at += step;
    left -= step;
  }
}

/** The shortest time, in seconds, in which the mirrors could deliver so much to the connections that they may have. */
export function fluidBound({ size, mirrors, perJob = 16, perHost = 4 }: Simulation): number {
  let bytes = 0;
  let ms = 0;
  for (; bytes < size; ms += STEP_MS) {
    const time = ms / 1000;
    // What each further connection would bring, the best ones first.
    const gains = mirrors.flatMap(({ total, each }) => {
      const [all, one] = [total?.(time) ?? Infinity, each?.(time) ?? Infinity];
      return Array.from({ length: perHost }, (_, count) => gainOf(all, one, count));
    });
    const best = gains.sort((a, b) => b - a).slice(0, perJob);
    bytes += (best.reduce((sum, rate) => sum + rate, 0) * STEP_MS) / 1000;
  }
  return ms / 1000;
}

/** What one connection more than `count` brings. */
function gainOf(all: number, one: number, count: number): number {
  if (one === Infinity) return count === 0 ? all : 0;
  return Math.max(0, Math.min(one, all - one * count));
}
