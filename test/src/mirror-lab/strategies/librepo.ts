import type { MirrorCandidate, MirrorProbe, MirrorStrategy } from '@loopstick/core';

import { askUnasked } from './ask-unasked.ts';

/**
 * As librepo's `fastestmirror` does for dnf: the lowest connect time first, found out once, within two seconds
 * (librepo/fastestmirror.c). The least that can be asked for here is one byte of the file. What a connection costs is
 * seen in the first byte as well, because one machine's own connections cost nothing.
 */
export const librepo: MirrorStrategy = {
  name: 'librepo',
  description: 'Lowest connect time, measured once',
  async rank(candidates, request) {
    const probes = await askUnasked(candidates, request, { bytes: 1, ms: 2000 });
    const latency = ({ url }: MirrorCandidate): number => latencyOf(probes.get(url));
    return candidates
      .map((candidate) => ({ candidate, ms: latency(candidate) }))
      .sort((a, b) => compare(a.ms, b.ms) || a.candidate.position - b.candidate.position)
      .map(({ candidate, ms }) => ({
        url: candidate.url,
        reason: ms === Infinity ? 'did not answer' : `${ms.toFixed(0)} ms`,
      }));
  },
};

function latencyOf(probe: MirrorProbe | undefined): number {
  if (probe?.firstByteMs === undefined && probe?.connectMs === undefined) return Infinity;
  return (probe.connectMs ?? 0) + (probe.firstByteMs ?? 0);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
