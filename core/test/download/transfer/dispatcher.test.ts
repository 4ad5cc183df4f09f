import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Connection } from '../../../src/download/transfer/connection.ts';
import { Dispatcher } from '../../../src/download/transfer/dispatcher.ts';
import { createScene } from './scene.ts';
import { fluidBound, simulate, type Mirror, type Simulation } from './simulator.ts';

const MB = 1_000_000;
const always = (rate: number) => (): number => rate;
const until = (second: number, before: number, after: number) => (time: number) => (time < second ? before : after);

const CASES: readonly (readonly [string, Simulation])[] = [
  ['one server', { size: 500 * MB, mirrors: [{ total: always(20 * MB) }] }],
  ['one server that limits each connection', { size: 500 * MB, mirrors: [{ each: always(5 * MB) }] }],
  [
    'one server that limits each connection, and all of them',
    { size: 500 * MB, mirrors: [{ each: always(5 * MB), total: always(12 * MB) }] },
  ],
  [
    'mirrors at 20, 10 and 5 MB/s',
    { size: 1000 * MB, mirrors: [20, 10, 5].map((rate) => ({ total: always(rate * MB) })) },
  ],
  [
    'mirrors of which the fastest collapses',
    {
      size: 1000 * MB,
      mirrors: [{ total: until(10, 20 * MB, 0.5 * MB) }, { total: always(10 * MB) }, { total: always(5 * MB) }],
    },
  ],
  [
    'mirrors of which one becomes fast',
    { size: 1000 * MB, mirrors: [{ total: always(5 * MB) }, { total: until(15, 1 * MB, 30 * MB) }] },
  ],
  [
    'a mirror that trickles beside a fast one',
    { size: 500 * MB, mirrors: [{ total: always(2_000) }, { total: always(20 * MB) }] },
  ],
  [
    'a mirror that dies without a word beside a fast one',
    { size: 500 * MB, mirrors: [{ total: until(8, 20 * MB, 0) }, { total: always(10 * MB) }] },
  ],
  [
    'mirrors that are far away',
    { size: 500 * MB, mirrors: [10, 10, 2].map((rate) => ({ total: always(rate * MB), latency: 0.4 })) },
  ],
  [
    'five mirrors that limit each connection',
    { size: 2500 * MB, mirrors: [1, 2, 3, 4, 5].map((rate) => ({ each: always(rate * MB) })), perJob: 20 },
  ],
  [
    'five mirrors that together could have more connections than there may be',
    { size: 2500 * MB, mirrors: [1, 2, 3, 4, 5].map((rate) => ({ each: always(rate * MB) })), perJob: 16 },
  ],
  ['a small file', { size: 30 * MB, mirrors: [{ total: always(5 * MB) }, { total: always(1 * MB) }] }],
];

/** A hundredth, or 16 MiB. */
const mostDuplicates = (size: number): number => Math.max(size / 100, 16 * 1024 * 1024);

const speedStep = fc.record({ rate: fc.integer({ min: 1, max: 30 }), seconds: fc.integer({ min: 4, max: 20 }) });
const trace = fc.array(speedStep, { minLength: 1, maxLength: 6 }).map((steps) => traceOf(steps));
const anyMirror: fc.Arbitrary<Mirror> = fc.oneof(
  fc.record({ total: trace, latency: fc.double({ min: 0.005, max: 0.3, noNaN: true }) }),
  fc.record({ total: trace, each: trace }),
);

describe('work is shared so that it ends at nearly the earliest possible time, over', () => {
  it.each(CASES)('%s', (_, simulation) => {
    const { seconds, duplicates, mostPerHost } = simulate(simulation);
    expect(seconds).toBeLessThan(fluidBound(simulation) * 1.15);
    expect(duplicates).toBeLessThanOrEqual(mostDuplicates(simulation.size));
    expect(mostPerHost).toBeLessThanOrEqual(4);
  });

  it('four mirrors, of which three are asked first', () => {
    const mirrors = [9, 16, 16, 20].map((rate) => ({ total: always(rate * MB) }));
    const simulation = { size: 450 * MB, mirrors };
    expect(simulate(simulation).seconds).toBeLessThan(fluidBound(simulation) * 1.15);
  });

  it('slow mirrors of which some need longer for a piece than the others for the rest', () => {
    for (const rates of [
      [0.5, 0.5, 0.2, 0.2, 0.1, 0.1, 0.3],
      [0.1, 0.2, 0.3, 0.5, 0.2, 0.1, 0.5],
    ]) {
      const mirrors = rates.map((rate) => ({ total: always(rate * MB) }));
      const simulation = { size: 15 * MB, mirrors, perMirror: 2 };
      const { seconds, duplicates } = simulate(simulation);
      expect(seconds).toBeLessThan(fluidBound(simulation) * 1.25);
      expect(duplicates).toBeLessThan(simulation.size / 5);
    }
  });

  it('mirrors whose speeds change as they like', () => {
    const ratios: number[] = [];
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 1500 }),
        fc.array(anyMirror, { minLength: 1, maxLength: 4 }),
        (size, mirrors) => {
          const simulation = { size: size * MB, mirrors };
          const { seconds, duplicates, mostPerHost } = simulate(simulation);
          ratios.push(seconds / fluidBound(simulation));
          expect(duplicates).toBeLessThanOrEqual(mostDuplicates(simulation.size));
          expect(mostPerHost).toBeLessThanOrEqual(4);
        },
      ),
      { numRuns: 100, seed: 3 },
    );
    // Who limits each connection can only be found out by trying, while the bound knows it from the start.
    expect(ratios.filter((ratio) => ratio < 1.15).length).toBeGreaterThan(85);
    expect(Math.max(...ratios)).toBeLessThan(1.6);
  });
});

describe('connections', () => {
  const mostOf = (simulation: Simulation): number => Math.max(...simulate(simulation).connections);

  it('do not become more when that gains nothing, but for trials', () => {
    const { connections } = simulate({ size: 1000 * MB, mirrors: [{ total: always(20 * MB) }] });
    expect(Math.max(...connections)).toBeLessThanOrEqual(4);
    // 50 s; a trial lasts about one, and they become rare.
    expect(connections.filter((count) => count > 1).length).toBeLessThan(connections.length / 4);
  });

  it('become as many as bring something, and as a host or a job may have', () => {
    const mirrors = [{ each: always(2 * MB) }];
    expect(mostOf({ size: 300 * MB, mirrors })).toBe(4);
    expect(mostOf({ size: 300 * MB, mirrors, perHost: 3 })).toBe(3);
    // One that is alone may be asked for more than one of many.
    expect(mostOf({ size: 300 * MB, mirrors, perMirror: 2 })).toBe(4);
    expect(simulate({ size: 300 * MB, mirrors: [...mirrors, ...mirrors], perMirror: 2 }).mostPerHost).toBe(2);
    expect(mostOf({ size: 300 * MB, mirrors, perJob: 2 })).toBe(2);
    expect(mostOf({ size: 300 * MB, mirrors, perJob: 1 })).toBe(1);
  });

  it('go to each of several mirrors first', () => {
    const mirrors = [1, 2, 3].map(() => ({ total: always(5 * MB) }));
    const { connections } = simulate({ size: 600 * MB, mirrors });
    expect(connections[0]).toBe(3);
  });

  it('need few requests', () => {
    const { requests } = simulate({
      size: 5000 * MB,
      mirrors: [{ total: always(40 * MB) }, { total: always(20 * MB) }],
    });
    // One in some 20 s a connection, and those of trials and of the tail.
    expect(requests).toBeLessThan(100);
  });
});

/** Steps that follow each other, again and again. */
function traceOf(steps: readonly { readonly rate: number; readonly seconds: number }[]): (time: number) => number {
  const all = steps.reduce((sum, { seconds }) => sum + seconds, 0);
  return (time) => {
    let left = time % all;
    for (const { rate, seconds } of steps) {
      if (left < seconds) return rate * MB;
      left -= seconds;
    }
    return 0;
  };
}

/** Two connections, the first of which reads the file from its beginning. */
async function streaming(size: number) {
  const { state, origins } = await createScene(size, [() => ({}), () => ({})]);
  const connections = new Set<Connection>();
  const dispatcher = new Dispatcher(state, connections);
  const [stream, other] = origins.map((origin) => new Connection(state, origin, undefined as never)) as [
    Connection,
    Connection,
  ];
  connections.add(stream);
  connections.add(other);
  return { state, connections, dispatcher, stream, other };
}

describe('a server that sends whole files', () => {
  it('leaves the end of its lease to others', async () => {
    const { state, connections, dispatcher, stream, other } = await streaming(40 * 1024 * 1024);
    connections.delete(other);
    stream.origin.streamOnly = true;
    stream.lease = dispatcher.next(stream, 0);
    connections.add(other);
    const taken = dispatcher.next(other, 0);
    expect(taken?.at).toBe(stream.lease?.end);
    expect(taken?.end).toBe(state.map.size);
  });

  it('has what lies before it to itself, and others take what it will come to last', async () => {
    const { state, dispatcher, stream, other } = await streaming(40 * 1024 * 1024);
    // It was asked for a part.
    stream.lease = state.leases.take(4 * 1024 * 1024);
    stream.origin.streamOnly = true;
    other.origin.proven = true;
    expect(dispatcher.next(other, 0)?.end).toBe(state.map.size);
  });

  it('does not come to what is behind it, so that others take that first', async () => {
    const { state, dispatcher, stream, other } = await streaming(40 * 1024 * 1024);
    stream.lease = state.leases.take(4 * 1024 * 1024, 8 * 1024 * 1024);
    stream.origin.streamOnly = true;
    expect(dispatcher.next(other, 0)?.at).toBe(0);
  });
});

describe('a piece', () => {
  const MIB = 1024 * 1024;

  /** Somebody at a MiB a second, and one that takes ten seconds for a piece. */
  async function apart(size: number) {
    let ms = 0;
    const made = await createScene(size, [() => ({}), () => ({})]);
    const state = { ...made.state, clock: () => ms };
    const connections = new Set<Connection>();
    const dispatcher = new Dispatcher(state, connections);
    const [fast, slow] = made.origins.map((origin) => new Connection(state, origin, undefined as never)) as [
      Connection,
      Connection,
    ];
    connections.add(fast);
    fast.speed.add(MIB);
    ms = 1000;
    fast.sample();
    slow.origin.host.delivered(MIB, 10_000);
    return { dispatcher, slow, connections, fast };
  }

  it('is not begun by who would still be at it when the others are done', async () => {
    const { dispatcher, slow, connections, fast } = await apart(4 * MIB);
    expect(dispatcher.isTooSlow(slow.origin)).toBe(true);
    expect(dispatcher.next(slow, 0)).toBeUndefined();
    connections.delete(fast);
    expect(dispatcher.next(slow, 0)).toBeDefined();
  });

  it('is begun by anybody who helps', async () => {
    const { dispatcher, slow } = await apart(40 * MIB);
    expect(dispatcher.isTooSlow(slow.origin)).toBe(false);
    expect(dispatcher.next(slow, 0)).toBeDefined();
  });
});
