import {
  believedSpeed,
  believedWithoutDownload,
  hasJustBegun,
  nearnessOf,
  successProbability,
  type MirrorCandidate,
  type Nearness,
  type Place,
  type SpeedBelief,
} from '@loopstick/core';

import { atPresent } from './at-present.ts';

/** What is made of the record of one mirror. */
export interface Standing {
  readonly candidate: MirrorCandidate;
  readonly nearness: Nearness;
  /** What was seen of its speed; undefined when nothing was. */
  readonly belief: SpeedBelief | undefined;
  /** Bytes a second to be expected: what was seen, else a guess. */
  readonly rate: number;
  /** From 0 to 1. */
  readonly success: number;
  readonly inUse: boolean;
  /** In use, and far from what it was. */
  readonly collapsed: boolean;
}

/** Where nothing at all is known. Only the proportions of guesses matter then. */
const ANY_RATE = 4e6;
/** Those whose speed is known were chosen once, for good reasons: another is not to be expected to be as good. */
const UNTRIED = 0.6;
/** Weak on purpose: distance says little of throughput, and owners declare what they like. */
const NEAR: Readonly<Record<Nearness, number>> = { country: 1.5, continent: 1, unknown: 0.9, far: 0.6 };
const PER_POSITION = 0.985;
const COLLAPSED = 0.25;
/** Less has not shown anything. */
const SOME_BYTES = 256 * 1024;

export async function standingsOf(candidates: readonly MirrorCandidate[], place: Place): Promise<Standing[]> {
  const seen = candidates.map((candidate) => {
    const present = atPresent(candidate, candidates);
    const before = believedWithoutDownload(present);
    const inUse = (candidate.progress?.connections ?? 0) > 0;
    const collapsed = inUse && hasCollapsed(candidate, before);
    const belief = believedSpeed(present);
    return { candidate, inUse, collapsed, belief, usual: collapsed ? before : belief };
  });
  const typical = typicalRate(seen.flatMap(({ usual }) => usual?.mean ?? []));
  return Promise.all(
    seen.map(async ({ candidate, inUse, collapsed, belief }) => {
      const nearness = await nearnessOf(candidate, place);
      const guess = typical * guessOf(candidate, nearness);
      // One that is getting up to speed is not to be taken for slow.
      const atLeast = hasJustBegun(candidate) ? guess : 0;
      return {
        ...{ candidate, nearness, belief, inUse, collapsed },
        rate: Math.max(belief?.mean ?? guess, atLeast),
        success: successProbability(candidate),
      };
    }),
  );
}

/** The median, which one mirror that has come to a standstill does not move much. */
function typicalRate(rates: readonly number[]): number {
  const sorted = rates.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  return middle === undefined ? ANY_RATE : UNTRIED * middle;
}

function guessOf({ bandwidth, position }: MirrorCandidate, nearness: Nearness): number {
  const declared = bandwidth === undefined ? 1 : 0.85 + 0.3 * bandwidth;
  return NEAR[nearness] * declared * PER_POSITION ** position;
}

function hasCollapsed({ progress }: MirrorCandidate, before: SpeedBelief | undefined): boolean {
  const { speed, bytes } = progress ?? { speed: undefined, bytes: 0 };
  if (speed === undefined) return false;
  if (speed === 0) return true;
  return before !== undefined && bytes >= SOME_BYTES && speed < COLLAPSED * before.mean;
}
