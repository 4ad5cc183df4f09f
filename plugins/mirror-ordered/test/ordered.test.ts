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
    { url: 'https://b.example/', position: 1 },
    { url: 'https://a.example/', position: 0 },
  ];
  const ranked = await ordered!.rank(candidates, { size: undefined, signal: new AbortController().signal });
  expect(ranked.map(({ url }) => url)).toEqual(['https://a.example/', 'https://b.example/']);
  expect(new Set(ranked.map(({ reason }) => reason)).size).toBe(2);
});
