import type { MirrorCandidate, MirrorStrategy } from '@loopstick/core';

/** What is slower than the best by no more than this is as good (aria2, AdaptiveURISelector::getBestMirror). */
const NEAR = 0.25;
/** Below this share of the best a connection is given up (AdaptiveURISelector::adjustLowestSpeedLimit). */
const FLOOR = 0.25;

/**
 * As aria2 does with `--uri-selector=adaptive`: the order of the source as long as nothing is known, then what this
 * download itself has measured, at random among the best. Mirrors that nobody has tried come before those below the
 * floor. It asks nobody for the sake of asking.
 */
export const aria2: MirrorStrategy = {
  name: 'aria2',
  description: 'Feedback of this download only',
  async rank(candidates, { random }) {
    const best = Math.max(0, ...candidates.map(speedOf));
    const groups = candidates.map((candidate) => ({ candidate, group: groupOf(candidate, best), chance: random() }));
    return groups
      .sort(
        (a, b) =>
          a.group - b.group ||
          (a.group === 0 ? a.chance - b.chance : speedOf(b.candidate) - speedOf(a.candidate)) ||
          a.candidate.position - b.candidate.position,
      )
      .map(({ candidate: { url, progress }, group }) => ({
        url,
        reason: REASONS[group] ?? '',
        ...(progress?.out === true && { use: false }),
      }));
  },
};

const REASONS = ['among the fastest', 'slower', 'not tried yet', 'below a quarter of the fastest', 'given up'];

function speedOf({ progress }: MirrorCandidate): number {
  return progress?.speed ?? 0;
}

function groupOf(candidate: MirrorCandidate, best: number): number {
  const { progress } = candidate;
  if (progress?.out === true) return 4;
  if (progress?.speed === undefined) return 2;
  if (progress.speed >= best * (1 - NEAR)) return 0;
  return progress.speed >= best * FLOOR ? 1 : 3;
}
