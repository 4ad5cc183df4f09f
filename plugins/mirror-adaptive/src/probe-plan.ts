import { weightedShuffle, type MirrorCandidate, type ProbeOptions, type RankingRequest } from '@loopstick/core';

import { MARGIN, secondsFor } from './order.ts';
import type { Standing } from './standing.ts';

export interface ProbePlan {
  readonly wanted: readonly MirrorCandidate[];
  readonly options: ProbeOptions;
}

const MIB = 1024 * 1024;
const SMALL: ProbeOptions = { bytes: 256 * 1024, ms: 2_000 };
const LARGE: ProbeOptions = { bytes: 4 * MIB, ms: 1_000 };
const MOST_AT_A_TIME = 8;
/** In one download, all askings together: probes that were made are in the records. */
const MOST_SMALL = { usual: 8, ofMuch: 12 } as const;
const MOST_LARGE = 3;
/** Slower than that, a second is too short to bring more than the first probe did. */
const LARGE_FROM = 512 * 1024;
const WORTH_IT = 16 * MIB;
/** Where the whole download takes no longer than a probe or two. */
const WORTH_IT_SECONDS = 4;
/** With that much to go, it pays to look further. */
const MUCH = 500e6;
const EXPLORE_SHARE = 0.05;
const DAY_MS = 24 * 3600 * 1000;
const FRESH = { days: 7, weight: 2 } as const;

/**
 * Whom to ask for a little now, if anybody. One kind a time, so that the download gets its order soon: first those of
 * which nothing is known, then, alone, those that did well, and once in a while somebody new.
 */
export function planProbes(
  all: readonly MirrorCandidate[],
  usable: readonly Standing[],
  request: RankingRequest,
): ProbePlan | undefined {
  const { remaining = Infinity, now, random } = request;
  const speed = usable.reduce((sum, { inUse, candidate }) => sum + (inUse ? (candidate.progress?.speed ?? 0) : 0), 0);
  if (remaining < WORTH_IT || remaining < WORTH_IT_SECONDS * speed) return undefined;

  const made = all.flatMap(({ probe }) => (probe === undefined ? [] : [probe]));
  const chosen = finalists(usable, request);
  const left = (remaining > MUCH ? MOST_SMALL.ofMuch : MOST_SMALL.usual) - made.length;
  const unknown = chosen.filter((standing) => isUnknown(standing, now));
  if (unknown.length > 0 && left > 0) return plan(unknown.slice(0, Math.min(left, MOST_AT_A_TIME)), SMALL);

  if (made.filter(({ bytes }) => bytes > SMALL.bytes).length < MOST_LARGE) {
    const promising = chosen.filter((standing) => isPromising(standing, usable)).slice(0, 1);
    if (promising.length > 0) return plan(promising, LARGE);
  }

  if (remaining <= MUCH || random() >= EXPLORE_SHARE) return undefined;
  const untried = usable.filter((standing) => isUnknown(standing, now));
  return plan(weightedShuffle(untried, () => 1, random).slice(0, 1), SMALL);
}

function plan(standings: readonly Standing[], options: ProbeOptions): ProbePlan {
  return { wanted: standings.map(({ candidate }) => candidate), options };
}

/** About twelve: the best as far as is known, and some others, as what is known may be wrong. */
function finalists(standings: readonly Standing[], { remaining, random }: RankingRequest): readonly Standing[] {
  const sorted = standings.toSorted((a, b) => secondsFor(a, remaining) - secondsFor(b, remaining));
  const [best, others] = [sorted.slice(0, 8), sorted.slice(8)];
  const home = best[0]?.candidate.country;
  const abroad = others
    .filter(({ candidate }) => candidate.country !== undefined && candidate.country !== home)
    .slice(0, 2);
  const lucky = weightedShuffle(others, () => 1, random).filter((each) => !abroad.includes(each));
  return [...best, ...abroad, ...lucky.slice(0, 2)];
}

/** Not in use, and nothing that is known of its speed is from this download or from the last days. */
function isUnknown({ candidate, inUse }: Standing, now: Date): boolean {
  const { history, probe, progress } = candidate;
  if (inUse || probe !== undefined || progress?.speed !== undefined) return false;
  const days = (now.getTime() - (history?.lastUsed.getTime() ?? 0)) / DAY_MS;
  return !(days < FRESH.days && (history?.speed?.weight ?? 0) >= FRESH.weight);
}

/** A small probe shows less than there is. This one might be worth a connection if it has twice as much. */
function isPromising({ candidate, belief, inUse }: Standing, all: readonly Standing[]): boolean {
  const { probe, progress } = candidate;
  if (inUse || progress?.speed !== undefined || belief === undefined || probe?.state !== 'current') return false;
  if (probe.bytes > SMALL.bytes || (probe.speed ?? 0) < LARGE_FROM) return false;
  const slowest = Math.min(...all.filter((each) => each.inUse).map(({ rate }) => rate));
  return slowest === Infinity || belief.mean * Math.exp(belief.deviation) >= MARGIN * slowest;
}
