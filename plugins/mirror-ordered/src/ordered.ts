import { sortOut, type MirrorCandidate, type RankedMirror, type RankingRequest } from '@loopstick/core';

export function inOrder(candidates: readonly MirrorCandidate[], request: RankingRequest): RankedMirror[] {
  const { usable, rest } = sortOut(candidates, request);
  const ranked = usable.map(({ url, position }) => ({
    url,
    reason: position === 0 ? 'listed first by the sources' : `number ${position + 1} of the sources`,
  }));
  return [...ranked, ...rest];
}
