import {
  rememberedTrouble,
  type MirrorCandidate,
  type MirrorProbe,
  type ProbeOptions,
  type RankedMirror,
} from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { ask, candidate, expectLawful, history, strategyOf, usedUrls } from '../../../test/src/strategies/index.ts';
import plugin from '../src/index.ts';

const adaptive = strategyOf(plugin);
const place = { country: 'de', continent: 'eu' } as const;
const KIB = 1024;

const probed = (speed: number, bytes = 256 * KIB): { probe: MirrorProbe } => ({
  probe: { url: '', state: 'current', speed, bytes, firstByteMs: 50 },
});
const using = (speed: number | undefined, bytes = 1e8): { progress: object } => ({
  progress: { connections: 1, bytes, speed },
});
const names = (urls: readonly string[]): string[] => urls.map((url) => /\/\/(\w+)/.exec(url)?.[1] ?? '');

/** Answers each mirror alike, and writes down what was asked. */
function prober(answer: Partial<MirrorProbe> = {}): {
  asked: { url: string; options: ProbeOptions }[];
  probe: (url: string, options: ProbeOptions) => Promise<MirrorProbe>;
} {
  const asked: { url: string; options: ProbeOptions }[] = [];
  return {
    asked,
    probe: async (url, options) => {
      asked.push({ url, options });
      return { url, state: 'current', speed: 1e6, bytes: options.bytes, firstByteMs: 50, ...answer };
    },
  };
}

/** How often each mirror comes first. */
async function firsts(candidates: readonly MirrorCandidate[], rounds = 200): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let seed = 0; seed < rounds; seed++) {
    const [first = ''] = usedUrls(await ask(adaptive, candidates, { place, seed }));
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}

it('is called adaptive', () => {
  expect(adaptive.name).toBe('adaptive');
});

it('is lawful', async () => {
  await expectLawful(adaptive);
});

it('says what a mirror is remembered for', async () => {
  const bad = candidate('a', 0, { history: history(0, undefined, { outcomes: { stale: 1 } }) });
  const [ranked] = await ask(adaptive, [bad]);
  expect(ranked?.reason).toContain(rememberedTrouble(bad));
});

describe('at the start', () => {
  it('puts the preferred mirrors first, in the order of the user', async () => {
    const candidates = [
      candidate('fast', 0, { history: history(9, 5e7), country: 'de' }),
      candidate('second', 1, { preferred: 1 }),
      candidate('first', 2, { preferred: 0, history: history(3, 1e5) }),
    ];
    expect(usedUrls(await ask(adaptive, candidates, { place }))).toEqual(['first', 'second', 'fast']);
    const only = await ask(adaptive, candidates, { place, preferredOnly: true });
    expect(usedUrls(only)).toEqual(['first', 'second']);
  });

  it('goes by remembered speed and likelihood of success', async () => {
    const shaky = history(5, 9e6, { outcomes: { timeout: 9 } });
    const counts = await firsts([
      candidate('slow', 0, { history: history(9, 1e6), country: 'de' }),
      candidate('shaky', 1, { history: shaky }),
      candidate('good', 2, { history: history(9, 8e6) }),
      candidate('unseen', 3, { country: 'jp' }),
    ]);
    expect(counts['good']).toBeGreaterThan(180);
  });

  it('gives one that is remembered badly, but hardly, a chance', async () => {
    const counts = await firsts([
      candidate('known', 0, { history: history(20, 4e6) }),
      candidate('once', 1, { history: history(1, 3e6) }),
    ]);
    expect(counts['once']).toBeGreaterThan(10);
    expect(counts['known']).toBeGreaterThan(100);
  });

  it('goes by nearness where nothing is remembered', async () => {
    const counts = await firsts([
      candidate('japan', 0, { country: 'jp' }),
      candidate('poland', 1, { country: 'pl' }),
      candidate('germany', 2, { country: 'de' }),
    ]);
    expect(counts).toEqual({ germany: 200 });
  });

  it('shuffles those that are about as good, the larger ones to the front', async () => {
    const counts = await firsts([
      candidate('small', 0, { country: 'de', bandwidth: 0.2 }),
      candidate('middle', 1, { country: 'de' }),
      candidate('large', 2, { country: 'de', bandwidth: 0.9 }),
      candidate('far', 3, { country: 'us', bandwidth: 1 }),
    ]);
    expect(Object.keys(counts).toSorted()).toEqual(['large', 'middle', 'small']);
    expect(counts['large']).toBeGreaterThan(counts['small']! * 1.5);
  });
});

describe('probes', () => {
  const unknown = Array.from({ length: 24 }, (_, index) =>
    candidate(`m${index}`, index, { country: index < 16 ? 'de' : 'us' }),
  );

  it('are small at first, at most eight, and some of them far from the best', async () => {
    const { asked, probe } = prober();
    await ask(adaptive, unknown, { place, probe });
    expect(asked).toHaveLength(8);
    expect(new Set(asked.map(({ url }) => url)).size).toBe(8);
    expect(asked.every(({ options }) => options.bytes === 256 * KIB && options.ms <= 2_000)).toBe(true);

    const used = unknown.map((each, index) =>
      index < 3 ? candidate(`m${index}`, index, { country: 'de', ...using(undefined) }) : each,
    );
    const second = prober();
    await ask(adaptive, used, { place, probe: second.probe });
    const indexes = names(second.asked.map(({ url }) => url)).map((name) => Number(name.slice(1)));
    expect(indexes).toHaveLength(8);
    expect(indexes.every((index) => index >= 3)).toBe(true);
    expect(indexes.some((index) => index >= 16)).toBe(true);
  });

  it('go on to twelve in all while much is left', async () => {
    const later = unknown.map((each, index) => (index < 8 ? { ...each, ...probed(1e5) } : each));
    const asked = async (remaining: number): Promise<number> => {
      const { asked, probe } = prober();
      await ask(adaptive, later, { place, probe, remaining });
      return asked.length;
    };
    expect(await asked(4e9)).toBe(4);
    expect(await asked(4e8)).toBe(0);
  });

  it('are not made of a small rest, nor when it is nearly done', async () => {
    const { asked, probe } = prober();
    await ask(adaptive, unknown, { place, probe, remaining: 15 * KIB * KIB });
    const quick = [candidate('quick', 0, using(1e8)), ...unknown.slice(1)];
    await ask(adaptive, quick, { place, probe, remaining: 3e8 });
    expect(asked).toEqual([]);
    await ask(adaptive, quick, { place, probe, remaining: 3e9 });
    expect(asked).not.toEqual([]);
  });

  it('are not made of what is known well from the last days', async () => {
    const { asked, probe } = prober();
    const candidates = [
      candidate('fresh', 0, { history: history(3, 1e6) }),
      candidate('old', 1, { history: history(3, 1e6, { days: 8 }) }),
      candidate('once', 2, { history: history(1, 1e6) }),
      candidate('used', 3, using(1e6)),
      candidate('tried', 4, { progress: { bytes: 1e6, speed: 1e5 } }),
    ];
    await ask(adaptive, candidates, { place, probe, remaining: 1e8 });
    expect(names(asked.map(({ url }) => url)).toSorted()).toEqual(['old', 'once']);
  });

  it('are repeated with more, alone, of what promises most', async () => {
    const candidates = [
      candidate('used', 0, using(2e6)),
      candidate('hopeless', 1, probed(6e5)),
      candidate('good', 2, probed(4e6)),
      candidate('better', 3, probed(5e6)),
    ];
    const { asked, probe } = prober({ speed: 6e6 });
    await ask(adaptive, candidates, { place, probe, remaining: 4e8 });
    expect(names(asked.map(({ url }) => url))).toEqual(['better']);
    expect(asked[0]?.options.bytes).toBeGreaterThanOrEqual(1024 * KIB);
    expect(asked[0]?.options.ms).toBeLessThanOrEqual(1_000);

    const done = [1, 2, 3].map((index) => candidate(`d${index}`, index + 9, probed(5e6, 4096 * KIB)));
    const later = prober();
    await ask(adaptive, [...candidates, ...done], { place, probe: later.probe, remaining: 4e8 });
    expect(later.asked).toEqual([]);
  });

  it('go to somebody new now and then while much is left', async () => {
    const known = Array.from({ length: 12 }, (_, index) => candidate(`k${index}`, index, probed(1e5)));
    const candidates = [candidate('used', 12, using(2e6)), ...known, candidate('new', 13)];
    const explored = async (remaining: number): Promise<number> => {
      const { asked, probe } = prober();
      for (let seed = 0; seed < 400; seed++) await ask(adaptive, candidates, { place, probe, remaining, seed });
      expect(names(asked.map(({ url }) => url)).every((name) => name === 'new')).toBe(true);
      return asked.length;
    };
    expect(await explored(4e8)).toBe(0);
    const often = await explored(2e9);
    expect(often).toBeGreaterThan(5);
    expect(often).toBeLessThan(45);
  });

  it('put out at once who has no such file, and back who failed', async () => {
    const probe = async (url: string): Promise<MirrorProbe> => {
      if (url.includes('stale')) return { url, state: 'stale', bytes: 0, problem: 'it is 3 GB long' };
      return { url, state: url.includes('dead') ? 'failed' : 'current', bytes: 0 };
    };
    const candidates = ['dead', 'stale', 'fine'].map((name, index) => candidate(name, index));
    const ranked = await ask(adaptive, candidates, { place, probe });
    expect(usedUrls(ranked)).toEqual(['fine', 'dead']);
    expect(ranked.at(-1)).toMatchObject({ use: false, reason: expect.stringContaining('it is 3 GB long') });
  });
});

describe('while it runs', () => {
  const order = async (candidates: readonly MirrorCandidate[], seed = 1): Promise<string[]> =>
    usedUrls(await ask(adaptive, candidates, { place, seed }));

  it('leaves one that is in use only for one that is expected to be half as fast again', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const beside = (speed: number): Promise<string[]> =>
        order([candidate('used', 0, using(4e6)), candidate('other', 1, probed(speed, 4096 * KIB))], seed);
      expect(await beside(5.5e6)).toEqual(['used', 'other']);
      expect(await beside(8e6)).toEqual(['other', 'used']);
    }
  });

  it('leaves none for one that is only guessed to be faster', async () => {
    const used = ['a', 'b', 'slow'].map((name, index) => candidate(name, index, using(index < 2 ? 5e6 : 1e5)));
    expect((await order([...used, candidate('near', 3, { country: 'de' })])).slice(2)).toEqual(['slow', 'near']);
  });

  it('leaves one that has collapsed at once, also for one that is only guessed to be faster', async () => {
    const healthy = candidate('used', 0, { ...using(3e6), history: history(5, 8e6) });
    const collapsed = candidate('used', 0, { ...using(1e6), history: history(5, 8e6) });
    const silent = candidate('used', 0, using(0));
    const unknown = candidate('new', 1);
    expect(await order([healthy, unknown])).toEqual(['used', 'new']);
    expect(await order([collapsed, unknown])).toEqual(['new', 'used']);
    expect(await order([silent, unknown])).toEqual(['new', 'used']);
    const crawling = candidate('crawling', 1, probed(2e4));
    expect(await order([collapsed, crawling])).toEqual(['used', 'crawling']);
  });

  it('gives one that has just begun the time to get up to speed', async () => {
    const others = [candidate('other', 1, probed(5e6, 4096 * KIB))];
    const begun = candidate('used', 0, { ...using(1e6, 8e5), ...probed(6e6, 4096 * KIB) });
    const known = candidate('used', 0, { ...using(1e6, 8e6), ...probed(6e6, 4096 * KIB) });
    expect(await order([begun, ...others])).toEqual(['used', 'other']);
    expect(await order([known, ...others])).toEqual(['other', 'used']);

    const tested = ['c', 'd'].map((name, index) => candidate(name, index + 1, probed(2e6, 4096 * KIB)));
    const first = async (bytes: number): Promise<string | undefined> =>
      (await order([candidate('used', 0, { country: 'de', ...using(1e6, bytes) }), ...tested]))[0];
    expect(await first(5e5)).toBe('used');
    expect(await first(5e6)).not.toBe('used');
  });

  it('does not wander when the line itself is the limit', async () => {
    // All three bring a third of what they once did: so would the fourth.
    const candidates = ['a', 'b', 'c'].map((name, index) =>
      candidate(name, index, { ...using(3e6), history: history(5, 9e6) }),
    );
    const another = candidate('d', 3, { history: history(5, 9e6) });
    expect((await order([...candidates, another])).at(-1)).toBe('d');
  });

  it('keeps a preferred mirror while it is sound', async () => {
    const fast = candidate('fast', 1, probed(5e7, 4096 * KIB));
    const preferred = { preferred: 0, history: history(5, 8e6) };
    expect(await order([candidate('mine', 0, { ...preferred, ...using(3e6) }), fast])).toEqual(['mine', 'fast']);
    expect(await order([candidate('mine', 0, { ...preferred, ...using(0) }), fast])).toEqual(['fast', 'mine']);
    const failing = candidate('mine', 0, { preferred: 0, progress: { failures: 5 } });
    expect(await order([failing, fast])).toEqual(['fast', 'mine']);
  });

  it('says why, with numbers', async () => {
    const ranked = await ask(
      adaptive,
      [
        candidate('used', 0, using(8.2 * 1024 * 1024)),
        candidate('tested', 1, probed(2e6)),
        candidate('near', 2, { country: 'de' }),
        candidate('out', 3, { progress: { out: true, failures: 3 } }),
      ],
      { place },
    );
    const reason = (name: string): string => ranked.find(({ url }: RankedMirror) => url.includes(name))?.reason ?? '';
    expect(reason('used')).toContain('8.2 MiB/s');
    expect(reason('tested')).toContain('1.9 MiB/s');
    expect(reason('near')).toContain('(de)');
    expect(reason('out')).toContain('3');
  });
});
