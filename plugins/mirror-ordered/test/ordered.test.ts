import type { MirrorStrategy, PluginRegistrar } from '@loopstick/core';
import { expect, it } from 'vitest';

import plugin from '../src/index.ts';

it('keeps the order of the source and says so', async () => {
  const strategies: MirrorStrategy[] = [];
  plugin.register({
    mirrorStrategy: (strategy) => strategies.push(strategy),
  } as Partial<PluginRegistrar> as PluginRegistrar);
  const [ordered] = strategies;
  expect(ordered?.name).toBe('ordered');
  const candidates = [
    { url: 'https://b.example/', mirror: 'https://b.example', position: 1, sources: ['catalog'] },
    { url: 'https://a.example/', mirror: 'https://a.example', position: 0, sources: ['catalog'] },
  ];
  const ranked = await ordered!.rank(candidates, {
    ...{ size: 1, remaining: 1, place: {}, preferredOnly: false, now: new Date(0), random: () => 0 },
    signal: new AbortController().signal,
  });
  expect(ranked.map(({ url }) => url)).toEqual(['https://a.example/', 'https://b.example/']);
  expect(new Set(ranked.map(({ reason }) => reason)).size).toBe(2);
});
