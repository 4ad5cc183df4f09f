import {
  sortOut,
  successProbability,
  type MirrorCandidate,
  type RankedMirror,
  type RankingRequest,
} from '@loopstick/core';

export function surestFirst(candidates: readonly MirrorCandidate[], request: RankingRequest): RankedMirror[] {
  const { usable, rest } = sortOut(candidates, request);
  const ranked = usable
    .map((candidate) => ({ candidate, score: steadyScore(candidate) }))
    // The sources decide between equals: they come in their order, and sorting keeps it.
    .sort((a, b) => b.score - a.score)
    .map(({ candidate, score }) => ({ url: candidate.url, reason: why(candidate, score) }));
  return [...ranked, ...rest];
}

/** Whole per cent: less is no difference, and would move connections with every byte. */
function steadyScore(candidate: MirrorCandidate): number {
  return Math.round(successProbability(candidate) * 100);
}

function why({ history, progress }: MirrorCandidate, score: number): string {
  const failures = progress?.failures ?? 0;
  const now = failures === 0 ? '' : `, failed ${failures === 1 ? 'once' : `${failures} times`} in this download`;
  if (history === undefined) return `works with a likelihood of ${score} %: no experience so far${now}`;
  const { success, stale, ...bad } = history.outcomes;
  const failed = Object.values(bad).reduce((sum, count) => sum + count, 0);
  return `works with a likelihood of ${score} %: remembered ${round(success)} times good, ${round(failed)} times bad${now}`;
}

/** Counts fade, so they are no whole numbers. */
function round(count: number): string {
  return Number.isFinite(count) ? count.toFixed(1).replace(/\.0$/, '') : 'countless';
}
