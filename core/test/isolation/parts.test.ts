import { expect, test } from 'vitest';

import type { MirrorCandidate } from '../../src/engine/hooks.ts';
import { engineWith, rankingRequest, strategy } from './support.ts';

const CANDIDATES: MirrorCandidate[] = ['a', 'b', 'c'].map((name, position) => ({
  url: `https://${name}.example/any.iso`,
  mirror: `https://${name}.example:443`,
  position,
  sources: ['catalog'],
  ...(name === 'a'
    ? {
        history: {
          outcomes: { success: 1, timeout: 0, 'http-error': 0, reset: 0, stale: 0, corrupt: 0 },
          lastUsed: new Date(5000),
        },
      }
    : {}),
}));
test('a strategy sees what it would see in the engine’s process', async () => {
  const { engine, warnings } = await engineWith([
    strategy(
      'wise',
      `return candidates.toReversed().map(({ url, history }) => ({ url, expected: history?.lastUsed.getTime(),
         reason: [request.now.getTime(), request.remaining, request.place.country, request.signal.aborted, typeof request.probe].join() }));`,
    ),
  ]);

  const wise = await engine.mirrorStrategy('wise');
  expect(wise).toMatchObject({ name: 'wise', description: 'one of its own', pluginId: 'wise' });
  expect(await wise.rank(CANDIDATES, rankingRequest())).toEqual([
    { url: 'https://c.example/any.iso', reason: '7000,,de,false,undefined' },
    { url: 'https://b.example/any.iso', reason: '7000,,de,false,undefined' },
    { url: 'https://a.example/any.iso', reason: '7000,,de,false,undefined', expected: 5000 },
  ]);
  expect(engine.plugins).toMatchObject([{ state: 'loaded', trust: 'unsigned' }]);
  expect(warnings).toEqual([]);
});
