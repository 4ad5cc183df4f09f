import { drawSpeed, weightedShuffle, type RankingRequest } from '@loopstick/core';

import type { Standing } from './standing.ts';

export interface Place {
  readonly standing: Standing;
  /** It is not in use and stands before one that is. */
  readonly overtakes: boolean;
}

/** So much faster another has to be than one that is in use: speeds vary, and every change costs a connection. */
export const MARGIN = 1.5;
/** Those that are so near to each other in time change places at random, so that users do not pile on one host. */
const NEAR_TIE = 1.2;
const USUAL_DELAY_MS = 300;
const USUAL_SIZE = 2e9;
/** Less likely to work than that, a mirror is not preferred any more. */
const UNSOUND = 0.4;
/** What does not declare a bandwidth is taken for one in the middle; what declares little is drawn as well. */
const USUAL_BANDWIDTH = 0.5;
const LEAST_BANDWIDTH = 0.05;

/** Seconds until it would have brought the rest alone, in all the tries that this is to be expected to take. */
export function secondsFor(
  { candidate, inUse, rate, success }: Standing,
  remaining: number = USUAL_SIZE,
  speed: number = rate,
): number {
  const { probe, history } = candidate;
  const delay = probe?.firstByteMs ?? history?.firstByteMs ?? USUAL_DELAY_MS;
  const delayMs = inUse || !(delay >= 0 && delay < Infinity) ? 0 : delay;
  return (delayMs / 1000 + (remaining + 1) / speed) / success;
}

/**
 * Preferred mirrors lead while they are sound. Of the others, those in use stand by what they bring, those that are not
 * by what they may bring (drawn, so that each gets its chance), and one of these before one of those only if it is to
 * be expected to be much faster.
 */
export function orderStandings(standings: readonly Standing[], { remaining, random }: RankingRequest): Place[] {
  const seconds = (standing: Standing): number => secondsFor(standing, remaining);
  const lead = standings.filter(isPreferred).toSorted((a, b) => preference(a) - preference(b));
  const others = standings.filter((each) => !lead.includes(each));
  const inUse = others.filter((each) => each.inUse).toSorted((a, b) => seconds(a) - seconds(b));
  const drawn = others
    .filter((each) => !each.inUse)
    .map((standing) => ({ standing, seconds: secondsFor(standing, remaining, mayBring(standing, random)) }))
    .sort((a, b) => a.seconds - b.seconds);
  let waiting = (standings.some((each) => each.inUse) ? drawn : tiesShuffled(drawn, random)).map((it) => it.standing);

  const places: Place[] = lead.map((standing) => ({ standing, overtakes: false }));
  for (const used of inUse) {
    const faster = waiting.filter((each) => isMuchFaster(each, used, seconds));
    places.push(...faster.map((standing) => ({ standing, overtakes: true })), { standing: used, overtakes: false });
    waiting = waiting.filter((each) => !faster.includes(each));
  }
  return [...places, ...waiting.map((standing) => ({ standing, overtakes: false }))];
}

function isPreferred({ candidate, collapsed, success }: Standing): boolean {
  return candidate.preferred !== undefined && !collapsed && success >= UNSOUND;
}

function preference({ candidate }: Standing): number {
  return candidate.preferred ?? Infinity;
}

function mayBring({ belief, rate }: Standing, random: () => number): number {
  return belief === undefined ? rate : drawSpeed(belief, random);
}

/** A guess is not enough, unless the one in use has collapsed. */
function isMuchFaster(one: Standing, used: Standing, seconds: (standing: Standing) => number): boolean {
  if (used.collapsed) return seconds(one) < seconds(used);
  return one.belief !== undefined && seconds(one) * MARGIN <= seconds(used);
}

interface Drawn {
  readonly standing: Standing;
  readonly seconds: number;
}

function tiesShuffled(sorted: readonly Drawn[], random: () => number): Drawn[] {
  const shuffled: Drawn[] = [];
  for (let start = 0; start < sorted.length;) {
    const longest = (sorted[start]?.seconds ?? 0) * NEAR_TIE;
    const tie = sorted.slice(start).filter(({ seconds }) => seconds <= longest);
    const group = tie.length === 0 ? sorted.slice(start, start + 1) : tie;
    shuffled.push(...weightedShuffle(group, weightOf, random));
    start += group.length;
  }
  return shuffled;
}

function weightOf({ standing }: Drawn): number {
  return LEAST_BANDWIDTH + (standing.candidate.bandwidth ?? USUAL_BANDWIDTH);
}
