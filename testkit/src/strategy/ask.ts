import type {
  MirrorCandidate,
  MirrorHistory,
  MirrorProgress,
  MirrorStrategy,
  Plugin,
  PluginRegistrar,
  RankedMirror,
  RankingRequest,
} from '@loopstick/core';

/** The strategy that a plugin registers. */
export function strategyOf(plugin: Plugin): MirrorStrategy {
  const found: MirrorStrategy[] = [];
  const registrar: Partial<PluginRegistrar> = {
    mirrorStrategy: (strategy) => {
      found.push(strategy);
    },
  };
  plugin.register(registrar as PluginRegistrar);
  const [strategy] = found;
  if (strategy === undefined) throw new Error(`${plugin.id} registers no strategy`);
  return strategy;
}

type Overrides = Omit<Partial<MirrorCandidate>, 'progress'> & { readonly progress?: Partial<MirrorProgress> };

/** `https://<name>.example/image.iso`, of which nothing else is known unless it is said. */
export function candidate(name: string, position: number, overrides: Overrides = {}): MirrorCandidate {
  const mirror = `https://${name}.example`;
  const { progress, ...rest } = overrides;
  return {
    ...{ url: `${mirror}/image.iso`, mirror, position, sources: ['catalog'], ...rest },
    ...(progress === undefined
      ? {}
      : { progress: { bytes: 0, speed: undefined, connections: 0, failures: 0, out: false, ...progress } }),
  };
}

export const NOW: Date = new Date('2026-05-01T12:00:00Z');
const DAY = 86_400_000;

/** As remembered after a number of successes at a speed. */
export function history(
  successes: number,
  mean: number | undefined,
  { outcomes, days = 1 }: { readonly outcomes?: Partial<MirrorHistory['outcomes']>; readonly days?: number } = {},
): MirrorHistory {
  return {
    outcomes: { success: successes, timeout: 0, 'http-error': 0, reset: 0, stale: 0, corrupt: 0, ...outcomes },
    ...(mean === undefined ? {} : { speed: { mean, deviation: 0.2, weight: successes } }),
    lastUsed: new Date(NOW.getTime() - days * DAY),
  };
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Question = Partial<RankingRequest> & { readonly seed?: number };

/** Asks with 4 GB to go, from nowhere in particular, with chance that is the same for the same seed. */
export function ask(
  strategy: MirrorStrategy,
  candidates: readonly MirrorCandidate[],
  { seed = 1, ...question }: Question = {},
): Promise<readonly RankedMirror[]> {
  const size = question.size ?? 4e9;
  return strategy.rank(candidates, {
    ...{ size, remaining: size, place: {}, preferredOnly: false, now: NOW, random: chance(seed) },
    signal: new AbortController().signal,
    ...question,
  });
}

/** Names of the mirrors that are to be used, best first. */
export function usedUrls(ranked: readonly RankedMirror[]): string[] {
  return ranked.filter(({ use }) => use !== false).map(({ url }) => new URL(url).hostname.replace('.example', ''));
}
