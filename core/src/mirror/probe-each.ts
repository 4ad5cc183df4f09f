import type { MirrorCandidate, MirrorProbe, ProbeOptions, RankingRequest } from '../engine/hooks.ts';

/** More would spoil each other's measurement (rate-mirrors, issue 45), and are bad manners. */
const AT_ONCE = 4;

/**
 * The candidates with what asking some of them brought.
 * @throws the signal's reason
 */
export async function probeEach(
  candidates: readonly MirrorCandidate[],
  wanted: readonly MirrorCandidate[],
  probe: NonNullable<RankingRequest['probe']>,
  options: ProbeOptions,
): Promise<readonly MirrorCandidate[]> {
  if (wanted.length === 0) return candidates;
  const answers = new Map<string, MirrorProbe>();
  // All workers take from the same iterator.
  const waiting = wanted.values();
  const worker = async (): Promise<void> => {
    for (const { url } of waiting) {
      const answer = await probe(url, options);
      if (answer.state !== 'unasked') answers.set(url, answer);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return candidates.map((each) => ({ ...each, probe: answers.get(each.url) ?? each.probe }));
}
