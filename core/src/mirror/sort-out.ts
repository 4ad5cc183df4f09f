import type { MirrorCandidate, RankedMirror, RankingRequest } from '../engine/hooks.ts';
import { isNamedByUser } from './candidate.ts';

/** Why a mirror is out that the user has not named, when he wants no others. */
export const NOT_NAMED = 'not one of the preferred mirrors';

export interface SortedOut {
  /** In the order of the sources. */
  readonly usable: readonly MirrorCandidate[];
  /** Not to be used, each with the reason: for the end of a strategy's answer. */
  readonly rest: readonly RankedMirror[];
}

/**
 * What no strategy may use: mirrors that were given up in this download, that have no such file or another one, or that
 * are not among those that the user insists on. A probe may err, though, so if it leaves nothing, what it said does not
 * count and the download finds out.
 */
export function sortOut(
  candidates: readonly MirrorCandidate[],
  { preferredOnly }: Pick<RankingRequest, 'preferredOnly'>,
): SortedOut {
  const inOrder = [...candidates].sort((a, b) => a.position - b.position);
  const possible = inOrder.filter((candidate) => givenUp(candidate, preferredOnly) === undefined);
  const sound = possible.filter((candidate) => unfit(candidate) === undefined);
  const usable = sound.length > 0 ? sound : possible;
  const rest = inOrder
    .filter((candidate) => !usable.includes(candidate))
    .map((candidate) => ({
      url: candidate.url,
      reason: givenUp(candidate, preferredOnly) ?? unfit(candidate) ?? '',
      use: false,
    }));
  return { usable, rest };
}

function givenUp(candidate: MirrorCandidate, preferredOnly: boolean): string | undefined {
  const { progress } = candidate;
  if (progress?.out === true)
    return `given up in this download${progress.failures > 0 ? ` ${failures(progress)}` : ''}`;
  return preferredOnly && !isNamedByUser(candidate) ? NOT_NAMED : undefined;
}

function failures({ failures }: { readonly failures: number }): string {
  return failures === 1 ? 'after a failure' : `after ${failures} failures`;
}

function unfit({ probe }: MirrorCandidate): string | undefined {
  const detail = probe?.problem === undefined ? '' : `: ${probe.problem}`;
  if (probe?.state === 'stale') return `has another file under this name${detail}`;
  return probe?.state === 'missing' ? `does not have the file${detail}` : undefined;
}
