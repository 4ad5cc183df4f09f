import type { Continent, Place } from '@loopstick/core';

/** How one mirror of the laboratory behaves. Rates in bytes a second. */
export interface MirrorSpec {
  /** Over all connections together. */
  readonly rate: number;
  /** Over each connection. Default: `rate`. */
  readonly perConnection?: number | undefined;
  /**
   * Round trip. An answer begins after one of them, and after two on a new connection: the kernel of one machine makes
   * connections at once, so what a connection costs in life is added to its first answer.
   */
  readonly latencyMs?: number | undefined;
  /** Standard deviation of the logarithm of the rate, which is drawn anew several times a second; its mean is kept. */
  readonly jitter?: number | undefined;
  /** So long a new connection takes to its full rate, growing evenly from a twentieth of it. */
  readonly slowStartMs?: number | undefined;
  /** After so many bytes of its own it sends none, for some seconds or for ever. */
  readonly stall?: { readonly after: number; readonly seconds?: number | undefined } | undefined;
  /** Other rates, one after the other. */
  readonly changes?: readonly RateChange[] | undefined;
  /** Answers more requests at once than this with `status`. */
  readonly limit?: ConnectionLimit | undefined;
  /** Default: `file`. */
  readonly holds?: Holding | undefined;
  /** False: it sends the whole file whatever part is wanted. */
  readonly ranges?: boolean | undefined;
  readonly country?: string | undefined;
  readonly continent?: Continent | undefined;
  /** As its owner has declared it, 0 to 1. */
  readonly declared?: number | undefined;
  /** What earlier downloads have taught of it. */
  readonly remembered?: Remembered | undefined;
}

/** Comes when all mirrors together have sent `share` of the file, or `seconds` after the change before it. */
export interface RateChange {
  readonly when: { readonly share: number } | { readonly seconds: number };
  readonly rate: number;
}

export interface ConnectionLimit {
  readonly requests: number;
  readonly status: 429 | 503;
  /** Seconds that it asks for. */
  readonly retryAfter?: number | undefined;
}

export interface Remembered {
  readonly speed: number;
  readonly daysAgo: number;
  /** How many measurements that was. */
  readonly weight: number;
}

/**
 * What a mirror has under the file's name: the file, nothing (404), another file of another size or of the same one, or
 * the file with a few wrong bytes.
 */
export type Holding = 'file' | 'nothing' | 'stale' | 'stale-of-same-size' | 'flipped';

/** Mirrors, and a download of one file from them. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Where this is met in life. */
  readonly life: string;
  /** Of the file, in bytes. */
  readonly size: number;
  /** Bytes a second of the user's own line; without limit when missing. */
  readonly downlink?: number | undefined;
  /** Where the user is. */
  readonly place?: Place | undefined;
  /** In the order of their source, at most 200. */
  readonly mirrors: readonly MirrorSpec[];
}

/** Whether what it sends is the file. */
export function hasFile({ holds = 'file' }: MirrorSpec): boolean {
  return holds === 'file';
}

/** The same, so many times as fast, with another size. What is said in bytes shrinks with the file. */
export function scaled(scenario: Scenario, size: number, speed: number): Scenario {
  const share = size / scenario.size;
  const faster = (rate: number): number => rate * speed;
  const mirrors = scenario.mirrors.map((mirror) => ({
    ...mirror,
    rate: faster(mirror.rate),
    perConnection: mirror.perConnection && faster(mirror.perConnection),
    latencyMs: mirror.latencyMs && mirror.latencyMs / speed,
    slowStartMs: mirror.slowStartMs && mirror.slowStartMs / speed,
    stall: mirror.stall && { after: mirror.stall.after * share, seconds: mirror.stall.seconds },
    changes: mirror.changes?.map(({ when, rate }) => ({ when, rate: faster(rate) })),
    remembered: mirror.remembered && { ...mirror.remembered, speed: faster(mirror.remembered.speed) },
  }));
  return { ...scenario, size, downlink: scenario.downlink && faster(scenario.downlink), mirrors };
}
