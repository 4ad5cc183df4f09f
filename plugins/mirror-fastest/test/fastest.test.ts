import { rememberedTrouble, type MirrorProbe } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { ask, candidate, expectLawful, history, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const fastest = strategyOf(plugin);
const current = (speed: number): Omit<MirrorProbe, 'url'> => ({ state: 'current', speed, bytes: 1_048_576 });
const probed = (speed: number): { probe: MirrorProbe } => ({ probe: { url: '', ...current(speed) } });

it('starts with what is remembered, then as the sources list them', async () => {
  expect(fastest.name).toBe('fastest');
  const candidates = [
    candidate('a', 0),
    candidate('slow', 1, { history: history(3, 1e6) }),
    candidate('b', 2),
    candidate('fast', 3, { history: history(3, 9e6) }),
  ];
  expect(usedUrls(await ask(fastest, candidates))).toEqual(['fast', 'slow', 'a', 'b']);
});

it('goes by throughput and not by latency', async () => {
  const probe = async (url: string): Promise<MirrorProbe> =>
    url.includes('near') ? { url, ...current(1e6), firstByteMs: 5 } : { url, ...current(3e6), firstByteMs: 300 };
  const ranked = await ask(fastest, [candidate('near', 0), candidate('wide', 1)], { probe });
  expect(usedUrls(ranked)).toEqual(['wide', 'near']);
  expect(ranked[0]?.expected).toBe(3e6);
});

describe('probes', () => {
  it('are at most twelve in a download and four at a time, not of what is in use or measured', async () => {
    let [open, most] = [0, 0];
    const asked: string[] = [];
    const probe = async (url: string, { bytes, ms }: { bytes: number; ms: number }): Promise<MirrorProbe> => {
      expect(bytes).toBeLessThanOrEqual(1_048_576);
      expect(ms).toBeLessThanOrEqual(2_000);
      asked.push(url);
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
      return { url, ...current(1e6) };
    };
    const all = Array.from({ length: 24 }, (_, index) => {
      if (index < 3) return candidate(`used${index}`, index, { progress: { connections: 1, speed: 1e6, bytes: 1e7 } });
      return candidate(`m${index}`, index, index < 8 ? probed(2e6) : {});
    });
    await ask(fastest, all, { probe });
    expect(asked.map((url) => /\/\/(\w+)/.exec(url)?.[1])).toEqual(['m8', 'm9', 'm10', 'm11', 'm12', 'm13', 'm14']);
    expect(most).toBe(4);
  });

  it('put out who has another file, and last who fails', async () => {
    const states: Record<string, MirrorProbe['state']> = { stale: 'stale', missing: 'missing', dead: 'failed' };
    const probe = async (url: string): Promise<MirrorProbe> => {
      const state = Object.entries(states).find(([name]) => url.includes(name))?.[1];
      return state === undefined ? { url, ...current(1e5) } : { url, state, bytes: 0 };
    };
    const names = ['dead', 'stale', 'missing', 'slow'];
    const candidates = [
      ...names.map((name, index) => candidate(name, index)),
      candidate('used', 4, { progress: { connections: 1 } }),
    ];
    expect(usedUrls(await ask(fastest, candidates, { probe }))).toEqual(['slow', 'used', 'dead']);
  });
});

it('counts the speed in this download, and stays with what is about as fast', async () => {
  const used = (speed: number): object => ({ progress: { connections: 1, speed, bytes: 1e8 } });
  const order = async (other: number): Promise<string[]> =>
    usedUrls(
      await ask(fastest, [
        candidate('used', 0, { ...used(4e6), ...probed(9e6) }),
        candidate('other', 1, probed(other)),
      ]),
    );
  expect(await order(4.5e6)).toEqual(['used', 'other']);
  expect(await order(6e6)).toEqual(['other', 'used']);
});

it('is lawful', async () => {
  await expectLawful(fastest);
});

it('says what a mirror is remembered for', async () => {
  const bad = candidate('a', 0, { history: history(0, undefined, { outcomes: { stale: 1 } }) });
  const [ranked] = await ask(fastest, [bad]);
  expect(ranked?.reason).toContain(rememberedTrouble(bad));
});
