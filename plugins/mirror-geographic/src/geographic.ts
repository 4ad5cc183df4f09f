import {
  nearnessOf,
  sortOut,
  weightedShuffle,
  type MirrorCandidate,
  type Nearness,
  type RankedMirror,
  type RankingRequest,
} from '@loopstick/core';

const GROUP: Readonly<Record<Nearness, number>> = { country: 0, continent: 1, unknown: 2, far: 2 };

// So that what its owner declares as the smallest is drawn now and then, too.
const LEAST_WEIGHT = 0.05;

export async function nearestFirst(
  candidates: readonly MirrorCandidate[],
  request: RankingRequest,
): Promise<RankedMirror[]> {
  const { usable, rest } = sortOut(candidates, request);
  const near = await Promise.all(
    usable.map(async (candidate) => ({ candidate, nearness: await nearnessOf(candidate, request.place) })),
  );
  const ranked = [0, 1, 2].flatMap((group) => {
    const members = near.filter(({ nearness }) => GROUP[nearness] === group);
    const inUse = members.filter(({ candidate }) => isInUse(candidate));
    // One that is in use stays: another draw is no reason to change horses.
    return [
      ...inUse,
      ...drawn(
        members.filter(({ candidate }) => !isInUse(candidate)),
        request.random,
      ),
    ];
  });
  return [
    ...ranked.map(({ candidate, nearness }) => ({ url: candidate.url, reason: why(candidate, nearness) })),
    ...rest,
  ];
}

/** Those that declare a bandwidth at random, the more they declare the earlier; then the others as they are listed. */
function drawn<T extends { readonly candidate: MirrorCandidate }>(members: readonly T[], random: () => number): T[] {
  const declared = members.filter(({ candidate }) => candidate.bandwidth !== undefined);
  const weightOf = ({ candidate }: T): number => LEAST_WEIGHT + (candidate.bandwidth ?? 0);
  return [
    ...weightedShuffle(declared, weightOf, random),
    ...members.filter(({ candidate }) => candidate.bandwidth === undefined),
  ];
}

function isInUse({ progress }: MirrorCandidate): boolean {
  return (progress?.connections ?? 0) > 0;
}

function why({ country, continent, bandwidth }: MirrorCandidate, nearness: Nearness): string {
  const where = country ?? continent ?? 'nowhere in particular';
  const size = bandwidth === undefined ? '' : `, declares ${Math.round(bandwidth * 100)} % of the largest bandwidth`;
  return `${NEAR[nearness]} (${where})${size}`;
}

const NEAR: Readonly<Record<Nearness, string>> = {
  country: 'same country',
  continent: 'same continent',
  far: 'another continent',
  unknown: 'its place or yours is unknown',
};
