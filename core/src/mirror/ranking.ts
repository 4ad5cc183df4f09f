import { randomOf } from '../download/transfer/random.ts';
import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import type { Engine } from '../engine/engine.ts';
import { failure, isLoopstickError, messageOf, printable, type LoopstickError } from '../engine/errors.ts';
import type { MirrorCandidate, Place, RankedMirror, RankingRequest } from '../engine/hooks.ts';
import { isNamedByUser } from './candidate.ts';
import { mirrorName } from './mirror-name.ts';
import { placeOfUser } from './place.ts';
import { NOT_NAMED } from './sort-out.ts';

/** What differs from one asking to the next. */
export type RankingQuestion = Pick<RankingRequest, 'size' | 'remaining' | 'probe' | 'signal'>;

const LONGEST_REASON = 200;

/** Asks the chosen strategy on behalf of one download, and checks what it says. */
export class Ranking {
  readonly #engine: Engine;
  readonly #name: string;
  #place: Promise<Place> | undefined;
  #isLost = false;

  /** @param name of the strategy; the one of the settings when it is missing */
  constructor(engine: Engine, name: string = engine.settings.mirrors.strategy) {
    this.#engine = engine;
    this.#name = name;
  }

  /**
   * Every candidate once, best first, each with a reason; those that are not to be used (`use: false`) come last. Where
   * the user wants nothing but the mirrors that he has named, no strategy is asked about others. A strategy that fails
   * costs only its advice: a warning is emitted, the order of the sources is used, and it is not asked again.
   * @throws the signal's reason
   */
  async ask(candidates: readonly MirrorCandidate[], question: RankingQuestion): Promise<readonly RankedMirror[]> {
    const { only } = this.#engine.settings.mirrors;
    const allowed = only ? candidates.filter(isNamedByUser) : candidates;
    const others = candidates.filter((each) => !allowed.includes(each));
    const ranked = allowed.length === 0 ? [] : await this.#askStrategy(allowed, question);
    return [...ranked, ...others.map(({ url }) => ({ url, reason: NOT_NAMED, use: false }))];
  }

  async #askStrategy(
    candidates: readonly MirrorCandidate[],
    question: RankingQuestion,
  ): Promise<readonly RankedMirror[]> {
    if (this.#isLost) return inOrder(candidates);
    const { context, settings, events } = this.#engine;
    let pluginId = 'loopstick';
    try {
      const strategy = await this.#engine.mirrorStrategy(this.#name);
      this.#place ??= placeOfUser(this.#engine);
      const place = await this.#place;
      pluginId = strategy.pluginId;
      // What a plugin returns may be anything, and so may what it does to the records: it gets copies.
      const answer: unknown = await strategy.rank(structuredClone(candidates), {
        ...question,
        place: { ...place },
        preferredOnly: settings.mirrors.only,
        now: context.now(),
        random: randomOf(this.#engine),
      });
      return this.#checked(candidates, answer, pluginId);
    } catch (error) {
      question.signal.throwIfAborted();
      this.#isLost = true;
      events.emit('warning', isLoopstickError(error) ? error : this.#lost(messageOf(error), pluginId, error));
      return inOrder(candidates);
    }
  }

  #checked(candidates: readonly MirrorCandidate[], answer: unknown, pluginId: string): RankedMirror[] {
    if (!Array.isArray(answer)) throw this.#lost('not a list of mirrors', pluginId);
    const known = new Set(candidates.map(({ url }) => url));
    const ranked = new Map<string, RankedMirror>();
    for (const each of answer as (Partial<RankedMirror> | null)[]) {
      const { url, reason, expected, use } = each ?? {};
      if (typeof url !== 'string' || !known.has(url)) {
        const what = typeof url === 'string' ? mirrorName(url) : 'an entry without a URL';
        throw this.#lost(`${what} is not one of the mirrors it was given`, pluginId);
      }
      if (ranked.has(url)) continue;
      ranked.set(url, {
        url,
        reason: printable(typeof reason === 'string' ? reason : '', LONGEST_REASON),
        expected: Number.isFinite(expected) && Number(expected) >= 0 ? expected : undefined,
        use: use !== false,
      });
    }
    const leftOut = candidates
      .filter(({ url }) => !ranked.has(url))
      .map(({ url }) => ({ url, reason: 'left out by the strategy', use: false }));
    const all = [...ranked.values()];
    return [...all.filter(({ use }) => use === true), ...all.filter(({ use }) => use !== true), ...leftOut];
  }

  #lost(problem: string, plugin: string, cause?: unknown): LoopstickError {
    const values = { plugin, hook: `mirrorStrategies/${this.#name}`, problem };
    return failure(ENGINE_ERRORS.badOutput, values, { cause, pluginId: plugin });
  }
}

function inOrder(candidates: readonly MirrorCandidate[]): RankedMirror[] {
  return candidates.map(({ url, position }) => ({ url, reason: `number ${position + 1} of the sources`, use: true }));
}
