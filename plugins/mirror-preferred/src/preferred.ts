import { sortOut, type MirrorCandidate, type RankedMirror, type RankingRequest } from '@loopstick/core';

/** With the user's word that nothing else is to be used, the others are out; without it they stand in when his fail. */
export function preferredFirst(candidates: readonly MirrorCandidate[], request: RankingRequest): RankedMirror[] {
  const { usable, rest } = sortOut(candidates, request);
  const ranked = usable
    .toSorted((a, b) => (a.preferred ?? Infinity) - (b.preferred ?? Infinity) || a.position - b.position)
    .map(({ url, preferred, position }) => ({
      url,
      reason:
        preferred === undefined
          ? `in case those you prefer fail: number ${position + 1} of the sources`
          : `number ${preferred + 1} of those you prefer`,
    }));
  return [...ranked, ...rest];
}
