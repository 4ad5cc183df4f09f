import type { MirrorStrategy } from '@loopstick/core';

/** Draws once a run: a new draw every few seconds would do nothing but move connections about. */
export function randomOnce(): MirrorStrategy {
  const draws = new Map<string, number>();
  return {
    name: 'random',
    description: 'Any order, drawn once',
    async rank(candidates, { random }) {
      for (const { url } of candidates) if (!draws.has(url)) draws.set(url, random());
      const drawn = (url: string): number => draws.get(url) ?? 0;
      return [...candidates]
        .sort((a, b) => drawn(a.url) - drawn(b.url))
        .map(({ url }) => ({ url, reason: 'by chance' }));
    },
  };
}
