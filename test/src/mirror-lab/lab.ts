import type { LoggedRequest } from '../servers/exchange.ts';
import { fairShares, type Claim } from './fair-shares.ts';
import { MirrorServer, type Sink } from './mirror-server.ts';
import { SeededBytes } from './seeded.ts';
import type { Scenario } from './spec.ts';

const TICK_MS = 10;
/** What was not taken may be made up for, but not more than so many seconds' worth. */
const BURST_SECONDS = 0.05;

/** What one mirror has seen since the beginning of a run. */
export interface MirrorCount {
  readonly requests: number;
  readonly connections: number;
  /** Bytes of bodies. */
  readonly sent: number;
  /** Requests that were being answered at the same time. */
  readonly mostAtOnce: number;
}

/** Mirrors that are up, each with a loopback address of its own. */
export interface Lab {
  /** The file's address on each mirror, in the order of the scenario. */
  readonly urls: readonly string[];
  readonly sha256: string;
  /** Begins a run: all counts at zero, all rates as at first; the seed decides what is chance. */
  reset(seed: string): void;
  counts(): readonly MirrorCount[];
  /** Bodies that were on their way at the same time, from all mirrors together. */
  mostAtOnce(): number;
  /** The longest time for which nothing was sent because this machine was busy with something else, in milliseconds. */
  longestPauseMs(): number;
  /** Of each mirror, in the order of arrival. */
  requests(): readonly (readonly LoggedRequest[])[];
  close(): Promise<void>;
}

/**
 * Starts the mirrors of a scenario in this process. Every few milliseconds each body is given what its connection, its
 * mirror and the user's line, which all share, allow: so the sums are exact, whatever timers do.
 */
export async function startLab({ name, mirrors, size, downlink }: Scenario): Promise<Lab> {
  const servers = mirrors.map((spec) => new MirrorServer(spec, name, size));
  const urls: string[] = [];
  for (const [index, server] of servers.entries()) urls.push(await server.listen(`127.0.1.${index + 1}`));
  const line = downlink === undefined ? undefined : { rate: downlink, tokens: 0 };
  let last = performance.now();
  let begun: number | undefined;
  let [mostAtOnce, longestPauseMs] = [0, 0];

  const timer = setInterval(() => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    const isIdle = servers.every(({ requests }) => requests.length === 0);
    if (isIdle) return;
    if (begun !== undefined) longestPauseMs = Math.max(longestPauseMs, seconds * 1000);
    begun ??= now;
    for (const server of servers) server.observe();
    mostAtOnce = Math.max(
      mostAtOnce,
      servers.reduce((sum, { sinks }) => sum + sinks.size, 0),
    );
    refill(servers, seconds, (now - begun) / 1000, size);
    if (line !== undefined) line.tokens = filled(line.tokens, line.rate, seconds);
    const spent = deal(servers, line?.tokens ?? Infinity);
    if (line !== undefined) line.tokens -= spent;
  }, TICK_MS);

  return {
    urls,
    sha256: new SeededBytes(name).sha256(size),
    reset(seed) {
      begun = undefined;
      [mostAtOnce, longestPauseMs] = [0, 0];
      if (line !== undefined) line.tokens = 0;
      for (const [index, server] of servers.entries()) server.reset(`${seed} ${index}`);
    },
    counts: () =>
      servers.map(({ requests, connections, sent, mostAtOnce }) => ({
        ...{ requests: requests.length, connections, sent, mostAtOnce },
      })),
    mostAtOnce: () => mostAtOnce,
    longestPauseMs: () => longestPauseMs,
    requests: () => servers.map(({ requests }) => requests),
    async close() {
      clearInterval(timer);
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** Gives every mirror, and every connection, what has become due since the last time. */
function refill(servers: readonly MirrorServer[], seconds: number, elapsed: number, size: number): void {
  const now = performance.now();
  const share = servers.reduce((sum, { sent }) => sum + sent, 0) / size;
  for (const server of servers) {
    server.tokens = filled(server.tokens, server.course.rateAt(elapsed, share, server.sent), seconds);
    for (const sink of server.sinks) {
      sink.tokens = filled(sink.tokens, server.course.perConnectionAt(now - sink.connectedAt), seconds);
    }
  }
}

function filled(tokens: number, rate: number, seconds: number): number {
  return Math.min(tokens + rate * seconds, rate * Math.max(seconds, BURST_SECONDS));
}

/** Sends what is due, at most so much in all. @returns how much was sent */
function deal(servers: readonly MirrorServer[], most: number): number {
  const turns: { readonly server: MirrorServer; readonly sink: Sink }[] = [];
  const claims: Claim[] = [];
  for (const [pool, server] of servers.entries()) {
    for (const sink of server.sinks) {
      // Who does not read gets nothing more, and his share goes to the others.
      if (sink.response.writableNeedDrain || sink.response.destroyed) continue;
      turns.push({ server, sink });
      claims.push({ most: Math.min(sink.tokens, sink.end - sink.at), pool });
    }
  }
  const pools = servers.map(({ tokens }) => tokens);
  let spent = 0;
  for (const [index, share] of fairShares(claims, pools, most).entries()) {
    const turn = turns[index];
    const length = Math.floor(share + 1e-6);
    if (turn === undefined || length < 1) continue;
    turn.sink.tokens -= length;
    turn.server.tokens -= length;
    spent += length;
    turn.server.pour(turn.sink, length);
  }
  return spent;
}
