import type { MirrorCandidate, MirrorProbe, ProbeOptions, RankingRequest } from '@loopstick/core';

/** What is known of each mirror from the one probe that it has had, or has now. Nothing when none may be sent. */
export async function askUnasked(
  candidates: readonly MirrorCandidate[],
  { probe }: RankingRequest,
  options: ProbeOptions,
): Promise<ReadonlyMap<string, MirrorProbe>> {
  const asked = candidates.map(async ({ url, probe: known }) => known ?? (await probe?.(url, options)));
  const probes = await Promise.all(asked);
  return new Map(probes.flatMap((one) => (one === undefined ? [] : [[one.url, one] as const])));
}
