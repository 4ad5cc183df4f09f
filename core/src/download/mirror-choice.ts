import type { Engine } from '../engine/engine.ts';
import { failure } from '../engine/errors.ts';
import { gatherCandidates } from '../mirror/gather.ts';
import type { MirrorLesson, MirrorMemory } from '../mirror/memory.ts';
import { MIRROR_ERRORS } from '../mirror/mirror-errors.ts';
import { outcomeOf } from '../mirror/outcome.ts';
import { Ranking } from '../mirror/ranking.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import type { DownloadJob } from './job.ts';
import type { MirrorAdvice } from './transfer/mirror-board.ts';
import type { Origin } from './transfer/origin.ts';

/** From less no speed can be told that would mean something the next time. */
const TELLING_BYTES = 1024 * 1024;
const TELLING_MS = 500;

/** The mirrors of one download: who they are, in which order, and what it has taught about them. */
export class MirrorChoice {
  /** Best first, at least one. */
  readonly urls: readonly string[];
  readonly advice: MirrorAdvice;
  readonly #memory: MirrorMemory | undefined;
  /** Ends lists that are still being fetched, to be there the next time. */
  readonly #ended: AbortController;
  #origins: readonly Origin[] = [];

  /** For `of` only. */
  constructor(urls: readonly string[], advice: MirrorAdvice, memory: MirrorMemory | undefined, ended: AbortController) {
    this.urls = urls;
    this.advice = advice;
    this.#memory = memory;
    this.#ended = ended;
  }

  /** @throws LoopstickError DOWNLOAD_NO_MIRRORS, DOWNLOAD_NO_ADDRESSES, MIRROR_NONE_NAMED; the signal's reason */
  static async of(
    engine: Engine,
    job: DownloadJob,
    { memory, signal }: { readonly memory: MirrorMemory | undefined; readonly signal: AbortSignal },
  ): Promise<MirrorChoice> {
    const { urls, image, size } = job;
    const verified = Object.keys(job.digests).length > 0;
    const ended = new AbortController();
    const until = AbortSignal.any([signal, ended.signal]);
    const all = await gatherCandidates(engine, { urls, image, verified, memory, signal: until });
    const ranking = new Ranking(engine);
    const ranked = await ranking.ask(all, { size, remaining: size, signal });
    const used = ranked.filter(({ use }) => use !== false);
    if (used.length === 0) {
      if (all.length > 0 && engine.settings.mirrors.only) throw failure(MIRROR_ERRORS.noneNamed, { image: job.label });
      const isNamed = all.length > 0 || image !== undefined;
      throw failure(isNamed ? DOWNLOAD_ERRORS.noMirrors : DOWNLOAD_ERRORS.noAddresses, { label: job.label });
    }
    const chosen = used.map(({ url }) => url);
    const candidates = all.filter(({ url }) => chosen.includes(url));
    return new MirrorChoice(chosen, { candidates, ask: ranking.ask.bind(ranking) }, memory, ended);
  }

  /** From whom to learn. */
  watch(origins: readonly Origin[]): void {
    this.#origins = origins;
  }

  /** Remembers how each mirror did; to be called once, however the download ended. */
  end(): void {
    this.#ended.abort(new Error('the download has ended'));
    const isOnline = this.#origins.some(({ speed }) => speed.total > 0);
    for (const origin of this.#origins) {
      const lesson = lessonOf(origin);
      if (lesson === undefined) continue;
      // When nobody could be reached, it was the user's own network.
      if (!isOnline && (lesson.outcome === 'reset' || lesson.outcome === 'timeout')) continue;
      try {
        for (const [mirror, of] of lessonsFor(origin, lesson)) this.#memory?.learn(mirror, of);
      } catch {
        // Experience lost, for instance on a full disk; the queue has said so.
      }
    }
  }
}

/**
 * By mirror. What came through redirects is to whom they led: who leads to a good one has done its part, and a wrong file
 * or a slow one is not its fault. Of several that it led to, nobody knows who did what.
 */
function lessonsFor(
  { host, senders, speed }: Origin,
  lesson: MirrorLesson,
): readonly (readonly [string, MirrorLesson])[] {
  const [sender, ...others] = senders;
  if (speed.total === 0 || sender === undefined || (sender === host.name && others.length === 0)) {
    return [[host.name, lesson]];
  }
  const { outcome, connectMs } = lesson;
  const own = outcome === 'success' ? [[host.name, { outcome, speed: undefined, connectMs }] as const] : [];
  return others.length > 0 ? own : [...own, [sender, { ...lesson, connectMs: undefined }]];
}

/** Undefined when it was never asked, or when nobody knows whether what it sent was right. */
function lessonOf(origin: Origin): MirrorLesson | undefined {
  const { out, lastError, speed, busyMs, connectMs, blame, hung } = origin;
  const error = out ?? (speed.total === 0 ? lastError : undefined);
  // Nobody waited for it to fail.
  if (error === undefined && speed.total === 0 && hung) return { outcome: 'timeout', speed: undefined, connectMs };
  if (error === undefined && (speed.total === 0 || blame === 'shared')) return undefined;
  const good = blame === undefined ? 'success' : 'corrupt';
  const isTelling = speed.total >= TELLING_BYTES && busyMs >= TELLING_MS;
  return {
    outcome: error === undefined ? good : outcomeOf(error),
    speed: isTelling ? (speed.total / busyMs) * 1000 : undefined,
    connectMs,
  };
}
