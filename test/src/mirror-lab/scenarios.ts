import type { MirrorSpec, Scenario } from './spec.ts';

/** Bytes a second, and bytes. */
const MB = 1e6;

const mirror = (megabytes: number, spec: Omit<MirrorSpec, 'rate'> = {}): MirrorSpec => ({
  rate: megabytes * MB,
  latencyMs: 30,
  ...spec,
});
const times = (count: number, spec: MirrorSpec): MirrorSpec[] => Array.from({ length: count }, () => spec);

const HOME = { country: 'de', continent: 'eu' } as const;
const ABROAD = { country: 'us', continent: 'na' } as const;
const remembered = (megabytes: number, daysAgo = 2): Pick<MirrorSpec, 'remembered'> => ({
  remembered: { speed: megabytes * MB, daysAgo, weight: 4 },
});

/** Sizes and rates are such that whoever knows everything needs about ten seconds. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'one-fast',
    title: 'one fast mirror among nine slow ones',
    life: 'a list with one university on a backbone, and hobbyists',
    size: 130 * MB,
    mirrors: [...times(6, mirror(0.4)), mirror(12), ...times(3, mirror(0.4))],
  },
  {
    name: 'alike',
    title: 'eight that are all alike, and a line that three of them fill',
    life: 'big mirrors of one country',
    size: 100 * MB,
    downlink: 10 * MB,
    mirrors: times(8, mirror(3.5)),
  },
  {
    name: 'near-slow',
    title: 'near ones are slow, far ones fast',
    life: 'an overloaded mirror in the same town: latency misleads',
    size: 130 * MB,
    place: HOME,
    mirrors: [
      ...times(5, mirror(0.5, { latencyMs: 5, ...HOME })),
      ...times(3, mirror(1, { latencyMs: 40, ...HOME })),
      ...times(2, mirror(5, { latencyMs: 180, ...ABROAD })),
    ],
  },
  {
    name: 'collapse',
    title: 'the fastest collapses after a third of the file',
    life: 'somebody else begins to use it, or its operator throttles',
    size: 115 * MB,
    downlink: 16 * MB,
    mirrors: [
      mirror(3),
      mirror(12, { changes: [{ when: { share: 0.33 }, rate: 0.2 * MB }] }),
      ...[1, 3, 0.5, 4, 1, 0.5].map((rate) => mirror(rate)),
    ],
  },
  {
    name: 'recovery',
    title: 'the fastest is away for three seconds and comes back',
    life: 'a route that flaps',
    size: 120 * MB,
    downlink: 14 * MB,
    mirrors: [
      mirror(12, {
        changes: [
          { when: { share: 0.25 }, rate: 0.1 * MB },
          { when: { seconds: 3 }, rate: 12 * MB },
        ],
      }),
      ...[2, 1, 3, 1, 2].map((rate) => mirror(rate)),
    ],
  },
  {
    name: 'stale-majority',
    title: 'most mirrors still have the older file',
    life: 'the hours after a point release',
    size: 90 * MB,
    mirrors: [
      mirror(12, { holds: 'stale' }),
      mirror(10, { holds: 'stale-of-same-size' }),
      mirror(9, { holds: 'stale' }),
      mirror(2),
      mirror(8, { holds: 'stale' }),
      mirror(12, { holds: 'stale-of-same-size' }),
      mirror(4),
      mirror(7, { holds: 'stale' }),
      mirror(3),
    ],
  },
  {
    name: 'broken',
    title: 'some do not have it, some send no parts, some refuse',
    life: 'a list that nobody has looked after',
    size: 155 * MB,
    mirrors: [
      mirror(10, { holds: 'nothing' }),
      mirror(8, { ranges: false }),
      mirror(4, { limit: { requests: 1, status: 503 } }),
      mirror(10, { holds: 'nothing' }),
      mirror(9, { limit: { requests: 0, status: 429, retryAfter: 600 } }),
      mirror(3),
      mirror(8, { ranges: false }),
      mirror(3),
    ],
  },
  {
    name: 'liar',
    title: 'the fastest has wrong bytes here and there',
    life: 'bad memory or a bad disk in a server',
    size: 110 * MB,
    downlink: 14 * MB,
    mirrors: [mirror(3), mirror(8, { holds: 'flipped' }), ...[4, 2, 3, 1].map((rate) => mirror(rate))],
  },
  {
    name: 'jittery',
    title: 'rates that jump up and down',
    life: 'mirrors behind busy lines in the evening',
    size: 110 * MB,
    downlink: 13 * MB,
    mirrors: [1, 2, 0.5, 5, 1, 4, 2, 3, 0.5, 1].map((rate) => mirror(rate, { jitter: 0.8 })),
  },
  {
    name: 'narrow-line',
    title: 'twelve mirrors, and a line that any one of them fills',
    life: 'most homes',
    size: 80 * MB,
    downlink: 8 * MB,
    mirrors: [9, 10, 12, 9, 20, 10, 9, 15, 9, 12, 9, 10].map((rate) => mirror(rate)),
  },
  {
    name: 'per-connection',
    title: 'little over one connection, and limits of their number',
    life: 'nginx with limit_rate and limit_conn',
    size: 120 * MB,
    mirrors: [
      ...times(4, mirror(20, { perConnection: 0.8 * MB, limit: { requests: 1, status: 503, retryAfter: 5 } })),
      ...times(3, mirror(20, { perConnection: 1.5 * MB })),
      mirror(20, { perConnection: 1 * MB, limit: { requests: 2, status: 429 } }),
    ],
  },
  {
    name: 'slow-start',
    title: 'the fastest need two seconds to get going',
    life: 'long fat pipes, where one early sample misjudges',
    size: 145 * MB,
    mirrors: [
      ...times(5, mirror(1, { latencyMs: 10 })),
      mirror(6, { latencyMs: 120, slowStartMs: 2000 }),
      ...times(3, mirror(0.5, { latencyMs: 10 })),
      mirror(6, { latencyMs: 120, slowStartMs: 2000 }),
    ],
  },
  {
    name: 'wrong-country',
    title: 'the source puts the own country first, and it is the slowest',
    life: 'national mirrors behind a bad exchange; a wrong guess of where one is',
    size: 110 * MB,
    downlink: 12 * MB,
    place: HOME,
    mirrors: [
      ...times(6, mirror(0.4, { ...HOME, declared: 1 })),
      ...times(4, mirror(1, { country: 'fr', continent: 'eu', declared: 0.7 })),
      ...times(4, mirror(5, { ...ABROAD, latencyMs: 110, declared: 0.7 })),
    ],
  },
  {
    name: 'small',
    title: 'a file of 15 MB: too small to ask around',
    life: 'a rescue image over a slow line',
    size: 15 * MB,
    place: HOME,
    mirrors: [
      ...times(2, mirror(0.5, HOME)),
      ...times(2, mirror(0.2, HOME)),
      ...times(2, mirror(0.1, ABROAD)),
      mirror(0.3, ABROAD),
    ],
  },
  {
    name: 'remembered',
    title: 'earlier downloads have shown which of twelve are fast',
    life: 'the second download of a week',
    size: 110 * MB,
    downlink: 13 * MB,
    mirrors: [
      ...times(8, mirror(0.5, remembered(0.5))),
      mirror(6, remembered(5)),
      mirror(0.5),
      mirror(5, remembered(6)),
      mirror(2, remembered(2)),
    ],
  },
  {
    name: 'not-remembered',
    title: 'the same twelve, cold',
    life: 'the first download ever',
    size: 110 * MB,
    downlink: 13 * MB,
    mirrors: [...times(8, mirror(0.5)), mirror(6), mirror(0.5), mirror(5), mirror(2)],
  },
  {
    name: 'outdated-memory',
    title: 'what was fast last month is slow now',
    life: 'a mirror has moved, or lost its sponsor',
    size: 105 * MB,
    mirrors: [
      mirror(0.3, remembered(20, 6)),
      mirror(0.5, remembered(15, 20)),
      mirror(5, remembered(1, 30)),
      mirror(0.5, remembered(0.5, 6)),
      mirror(4),
      mirror(0.4, remembered(8, 10)),
      mirror(2),
    ],
  },
  {
    name: 'stall',
    title: 'the fastest falls silent after a fifth of the file',
    life: 'a firewall that forgets connections, a server that hangs',
    size: 120 * MB,
    downlink: 14 * MB,
    mirrors: [mirror(2), mirror(10, { stall: { after: 20 * MB } }), ...[3, 1, 4, 1, 2].map((rate) => mirror(rate))],
  },
  {
    name: 'many',
    title: 'twenty-four of a long list, in no order, at 100 Mbit/s',
    life: 'a whole mirror list, worldwide',
    size: 115 * MB,
    downlink: 12.5 * MB,
    place: HOME,
    mirrors: [
      ...[0.6, 2.5, 0.3, 1.2].map((rate) => mirror(rate, { ...HOME, latencyMs: 15, jitter: 0.3 })),
      ...[1.5, 0.2, 0.8, 4, 0.4, 3, 0.9, 1.8].map((rate) =>
        mirror(rate, { country: 'fr', continent: 'eu', latencyMs: 40, jitter: 0.3 }),
      ),
      ...[0.3, 5, 0.2, 0.7, 1.1, 0.5, 0.1, 0.9].map((rate) => mirror(rate, { ...ABROAD, latencyMs: 110, jitter: 0.4 })),
      ...[0.2, 0.6, 3, 0.1].map((rate) =>
        mirror(rate, { country: 'jp', continent: 'as', latencyMs: 250, jitter: 0.5 }),
      ),
    ],
  },
];
