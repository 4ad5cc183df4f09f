import { randomOf } from '../download/transfer/random.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, printable, type LoopstickError } from '../engine/errors.ts';
import type { MirrorCandidate, RankedMirror, RankingRequest } from '../engine/hooks.ts';
import { mirrorName } from './mirror-name.ts';

/** What differs from one asking to the next. */
export type RankingQuestion = Pick<RankingRequest, 'size' | 'remaining' | 'place' | 'probe' | 'signal'>;

const LONGEST_REASON = 200;

/**
 * Asks the chosen strategy, and checks what it says. A strategy that fails costs only its advice: a warning is emitted
 * and the order of the sources is used.
 * @returns every candidate once, best first; those that are not to be used (`use: false`) come last
 * @throws the signal's reason
 */
export async function askStrategy(
  engine: Engine,
  candidates: readonly MirrorCandidate[],
  question: RankingQuestion,
): Promise<readonly RankedMirror[]> {
  const { strategy: name, only } = engine.settings.mirrors;
  try {
    const strategy = await engine.mirrorStrategy(name);
    const request = { ...question, preferredOnly: only, now: engine.context.now(), random: randomOf(engine) };
    // What a plugin returns may be anything.
    return checked(name, candidates, await strategy.rank(candidates, request));
  } catch (error) {
    question.signal.throwIfAborted();
    engine.events.emit('warning', isLoopstickError(error) ? error : lost(name, messageOf(error), error));
    return candidates.map(({ url, position }) => ({ url, reason: `number ${position + 1} of the sources` }));
  }
}

function checked(strategy: string, candidates: readonly MirrorCandidate[], answer: unknown): RankedMirror[] {
  if (!Array.isArray(answer)) throw lost(strategy, 'not a list of mirrors');
  const known = new Set(candidates.map(({ url }) => url));
  const ranked = new Map<string, RankedMirror>();
  for (const each of answer as (Partial<RankedMirror> | null)[]) {
    const { url, reason, expected, use } = each ?? {};
    if (typeof url !== 'string' || !known.has(url)) {
      const what = typeof url === 'string' ? mirrorName(url) : 'an entry without a URL';
      throw lost(strategy, `${what} is not one of the mirrors it was given`);
    }
    if (ranked.has(url)) continue;
    ranked.set(url, {
      url,
      reason: printable(typeof reason === 'string' ? reason : '', LONGEST_REASON),
      expected: typeof expected === 'number' && expected >= 0 ? expected : undefined,
      use: use !== false,
    });
  }
  const unnamed = candidates.filter(({ url }) => !ranked.has(url));
  const leftOut = unnamed.map(({ url }) => ({ url, reason: 'left out by the strategy', use: false }));
  const all = [...ranked.values()];
  return [...all.filter(({ use }) => use === true), ...all.filter(({ use }) => use !== true), ...leftOut];
}

function lost(strategy: string, problem: string, cause?: unknown): LoopstickError {
  const hook = `mirrorStrategies/${strategy}`;
  return failure(ENGINE_ERRORS.badOutput, { plugin: strategy, hook, problem }, { cause });
}
