import type { MirrorCandidate, RankedMirror } from '../engine/hooks.ts';
import type { Ranking, RankingQuestion } from './ranking.ts';

/** Where a mirror stands when the strategy is asked again and again. */
export interface UsualPlace extends RankedMirror {
  /** From 0 to 1: how often it is among the first three, with which a download begins. */
  readonly chance: number;
}

const BEGINS_WITH = 3;
/** Enough to tell one in two from one in three, and done in some tenths of a second. */
const DRAWS = 40;

/**
 * The order in which a download would use mirrors, as far as it can be told beforehand: strategies leave some of it to
 * chance, so that not all users ask the same mirror, and one answer would look like a verdict. Those that are not used
 * come last.
 * @throws the signal's reason
 */
export async function usualOrder(
  ranking: Pick<Ranking, 'ask'>,
  candidates: readonly MirrorCandidate[],
  question: Omit<RankingQuestion, 'probe'>,
): Promise<readonly UsualPlace[]> {
  const seen = new Map<string, { last: RankedMirror; first: number; used: number; places: number }>();
  for (let draw = 0; draw < DRAWS; draw++) {
    for (const [place, ranked] of (await ranking.ask(candidates, question)).entries()) {
      const before = seen.get(ranked.url) ?? { first: 0, used: 0, places: 0 };
      const isUsed = ranked.use !== false;
      seen.set(ranked.url, {
        last: ranked,
        first: before.first + (isUsed && place < BEGINS_WITH ? 1 : 0),
        used: before.used + (isUsed ? 1 : 0),
        places: before.places + place,
      });
    }
  }
  return [...seen.values()]
    .sort((a, b) => Number(b.used > 0) - Number(a.used > 0) || a.places - b.places)
    .map(({ last, first, used }) => ({ ...last, use: used > 0, chance: first / DRAWS }));
}
