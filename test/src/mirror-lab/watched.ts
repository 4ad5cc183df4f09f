import type {
  MirrorCandidate,
  MirrorHistory,
  MirrorStrategy,
  ProbeOptions,
  RankedMirror,
  RankingRequest,
} from '@loopstick/core';

import type { MirrorSpec, Scenario } from './spec.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** One time that a strategy was asked. */
export interface Asking {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly candidates: readonly MirrorCandidate[];
  /** Whether it was allowed to probe. */
  readonly mayProbe: boolean;
  /** Missing while it has not answered. */
  answer?: readonly RankedMirror[];
}

/** What a strategy did in a run. */
export interface StrategyLog {
  readonly askings: Asking[];
  readonly probed: { readonly url: string; readonly bytes: number }[];
}

/**
 * A strategy under observation, called `name`. It is told what a scenario says of the mirrors and of the user's place
 * and core does not know: in life, lists of mirrors and earlier downloads tell it.
 */
export function watched(
  name: string,
  strategy: MirrorStrategy,
  scenario: Scenario,
  urls: readonly string[],
): { readonly strategy: MirrorStrategy; readonly log: StrategyLog } {
  const log: StrategyLog = { askings: [], probed: [] };
  const specs = new Map(scenario.mirrors.map((spec, index) => [urls[index] ?? '', spec]));

  const rank = async (given: readonly MirrorCandidate[], request: RankingRequest): Promise<readonly RankedMirror[]> => {
    const candidates = given.map((candidate) => informed(candidate, specs.get(candidate.url), request.now));
    const asking: Asking = { at: performance.now(), candidates, mayProbe: request.probe !== undefined };
    log.askings.push(asking);
    const { probe: ask } = request;
    const probe =
      ask &&
      (async (url: string, options: ProbeOptions) => {
        const result = await ask(url, options);
        log.probed.push({ url, bytes: result.bytes });
        return result;
      });
    const place = { ...request.place, ...scenario.place };
    asking.answer = await strategy.rank(candidates, { ...request, place, probe });
    return asking.answer;
  };
  return { strategy: { name, description: strategy.description, rank }, log };
}

function informed(candidate: MirrorCandidate, spec: MirrorSpec | undefined, now: Date): MirrorCandidate {
  if (spec === undefined) return candidate;
  const { country, continent, declared, remembered } = spec;
  const history = candidate.history ?? (remembered && historyFrom(remembered, now));
  return { country, continent, bandwidth: declared, ...candidate, history };
}

function historyFrom({ speed, daysAgo, weight }: NonNullable<MirrorSpec['remembered']>, now: Date): MirrorHistory {
  return {
    outcomes: { success: weight, timeout: 0, 'http-error': 0, reset: 0, stale: 0, corrupt: 0 },
    speed: { mean: speed, deviation: 0.3, weight },
    lastUsed: new Date(now.getTime() - daysAgo * DAY_MS),
  };
}
