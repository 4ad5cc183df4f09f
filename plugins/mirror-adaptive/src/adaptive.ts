import { probeEach, sortOut, type MirrorCandidate, type RankedMirror, type RankingRequest } from '@loopstick/core';

import { orderStandings } from './order.ts';
import { planProbes } from './probe-plan.ts';
import { reasonFor } from './reason.ts';
import { standingsOf } from './standing.ts';

/**
 * Gate, prior, probe, learn: what cannot be used is sorted out, what is known makes an order, what is not known is
 * tested a little while the download runs, and what the download shows beats all of it. Nothing is kept in between:
 * each asking brings the whole record.
 */
export async function adapt(candidates: readonly MirrorCandidate[], request: RankingRequest): Promise<RankedMirror[]> {
  const asked = await withProbes(candidates, request);
  const { usable, rest } = sortOut(asked, request);
  const ordered = orderStandings(await standingsOf(usable, request.place), request);
  const ranked = ordered.map(({ standing, overtakes }) => ({
    ...{ url: standing.candidate.url, reason: reasonFor(standing, overtakes) },
    // Of one that was never seen only the proportion to others means something.
    ...(standing.belief !== undefined && { expected: standing.rate }),
  }));
  return [...ranked, ...rest];
}

async function withProbes(
  candidates: readonly MirrorCandidate[],
  request: RankingRequest,
): Promise<readonly MirrorCandidate[]> {
  const { probe } = request;
  if (probe === undefined) return candidates;
  const { usable } = sortOut(candidates, request);
  const plan = planProbes(candidates, await standingsOf(usable, request.place), request);
  return plan === undefined ? candidates : probeEach(candidates, plan.wanted, probe, plan.options);
}
