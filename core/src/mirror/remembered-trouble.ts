import type { MirrorCandidate, MirrorOutcome } from '../engine/hooks.ts';

const WORDS: Readonly<Record<Exclude<MirrorOutcome, 'success'>, string>> = {
  stale: 'had another file',
  corrupt: 'sent wrong bytes',
  timeout: 'did not answer in time',
  'http-error': 'answered with an error',
  reset: 'broke off',
};
/** One that is older than a half-life, and was alone, is not worth a word. */
const RECENT = 0.5;

/** What a mirror is remembered for besides its speed, for the reason of its place; undefined when there is nothing. */
export function rememberedTrouble({ history }: Pick<MirrorCandidate, 'history'>): string | undefined {
  if (history === undefined) return undefined;
  const outcomes = Object.keys(WORDS) as (keyof typeof WORDS)[];
  const troubles = outcomes.filter((outcome) => history.outcomes[outcome] >= RECENT).map((outcome) => WORDS[outcome]);
  return troubles.length === 0 ? undefined : `${troubles.join(' and ')} before${lastUse(history.lastUsed)}`;
}

function lastUse(date: Date): string {
  return Number.isNaN(date.getTime()) ? '' : ` (last used on ${date.toISOString().slice(0, 10)})`;
}
