import {
  believedSpeed,
  formatBytes,
  probeEach,
  rememberedTrouble,
  sortOut,
  type MirrorCandidate,
  type RankedMirror,
  type RankingRequest,
  type SpeedBelief,
} from '@loopstick/core';

/** In one download, all askings together. */
const MOST_PROBES = 12;
/** A connection gets up to speed only after some hundred kilobytes: with fewer, latency is all that is seen. */
const PROBE = { bytes: 1024 * 1024, ms: 2_000 } as const;
/** How much faster another has to be than one that is in use: measurements differ by that much by themselves. */
const MARGIN = 1.25;

export async function fastestFirst(
  candidates: readonly MirrorCandidate[],
  request: RankingRequest,
): Promise<RankedMirror[]> {
  const measured = await withProbes(candidates, request);
  const { usable, rest } = sortOut(measured, request);
  const ranked = usable
    .map((candidate) => ({ candidate, belief: believedSpeed(candidate) }))
    .sort((a, b) => rate(b) - rate(a))
    .map(({ candidate, belief }) => ({
      ...{ url: candidate.url, reason: why(candidate, belief) },
      ...(belief !== undefined && { expected: belief.mean }),
    }));
  return [...ranked, ...rest];
}

interface Rated {
  readonly candidate: MirrorCandidate;
  readonly belief: SpeedBelief | undefined;
}

/** Mirrors of which nothing is known come last, in the order of the sources, which sorting keeps. */
function rate({ candidate, belief }: Rated): number {
  if (candidate.probe?.state === 'failed' && candidate.progress?.speed === undefined) return -1;
  const inUse = (candidate.progress?.connections ?? 0) > 0;
  return (belief?.mean ?? 0) * (inUse ? MARGIN : 1);
}

async function withProbes(
  candidates: readonly MirrorCandidate[],
  request: RankingRequest,
): Promise<readonly MirrorCandidate[]> {
  const { probe } = request;
  if (probe === undefined) return candidates;
  const left = MOST_PROBES - candidates.filter((each) => each.probe !== undefined).length;
  // Those that are remembered as fast first, then as they are listed: there may be more than can be asked.
  const wanted = sortOut(candidates, request)
    .usable.filter(isUnmeasured)
    .toSorted((a, b) => speedOf(b) - speedOf(a))
    .slice(0, Math.max(0, left));
  return probeEach(candidates, wanted, probe, PROBE);
}

function isUnmeasured({ progress, probe }: MirrorCandidate): boolean {
  return probe === undefined && progress?.speed === undefined && (progress?.connections ?? 0) === 0;
}

function speedOf(candidate: MirrorCandidate): number {
  return believedSpeed(candidate)?.mean ?? 0;
}

function why(candidate: MirrorCandidate, belief: SpeedBelief | undefined): string {
  const { probe, progress } = candidate;
  if (probe?.state === 'failed' && progress?.speed === undefined) {
    return `failed a test${probe.problem === undefined ? '' : `: ${probe.problem}`}`;
  }
  const trouble = rememberedTrouble(candidate);
  const speed = belief === undefined ? 'not measured so far' : `${formatBytes(belief.mean)}/s ${EVIDENCE[belief.from]}`;
  return trouble === undefined ? speed : `${speed}, ${trouble}`;
}

const EVIDENCE: Readonly<Record<SpeedBelief['from'], string>> = {
  download: 'measured in this download',
  probe: 'in a small test',
  history: 'remembered from earlier downloads',
};
