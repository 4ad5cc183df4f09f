import { CONTINENTS, type MirrorCandidate, type MirrorProbe } from '@loopstick/core';
import fc from 'fast-check';

import { candidate } from './ask.ts';

const nonsense = fc.oneof(fc.double(), fc.constantFrom(0, -1, NaN, Infinity, 1e308));
const positive = fc.double({ min: 0, max: 1e12, noNaN: true });
const number = fc.oneof({ weight: 4, arbitrary: positive }, { weight: 1, arbitrary: nonsense });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const outcomes = fc.record({
  ...{ success: number, timeout: number, 'http-error': number, reset: number, stale: number, corrupt: number },
});

const probe = fc.record({
  state: fc.constantFrom('current', 'stale', 'missing', 'failed' as const),
  speed: maybe(number),
  firstByteMs: maybe(number),
  bytes: number,
}) as fc.Arbitrary<Omit<MirrorProbe, 'url'>>;

/** Any mirrors in any state; numbers that come from elsewhere may make no sense. */
export const anyCandidates: fc.Arbitrary<readonly MirrorCandidate[]> = fc
  .array(
    fc.record({
      country: maybe(fc.constantFrom('de', 'at', 'us', 'jp', 'xy')),
      continent: maybe(fc.constantFrom(...CONTINENTS)),
      bandwidth: maybe(fc.double({ min: 0, max: 1, noNaN: true })),
      preferred: maybe(fc.nat(3)),
      history: maybe(
        fc.record({
          outcomes,
          speed: maybe(fc.record({ mean: number, deviation: number, weight: number })),
          firstByteMs: maybe(number),
          lastUsed: fc.date({ noInvalidDate: true }),
        }),
      ),
      progress: maybe(
        fc.record({
          ...{ bytes: fc.nat(), speed: maybe(number), connections: fc.nat(3), failures: fc.nat(9) },
          out: fc.boolean(),
        }),
      ),
      probe: maybe(probe),
    }),
    { maxLength: 24 },
  )
  .chain((records) =>
    fc.shuffledSubarray([...records.keys()], { minLength: records.length }).map((positions) =>
      records.map(({ progress, probe, ...rest }, index) => {
        const made = candidate(`m${index}`, positions[index] ?? index, { ...rest, ...(progress && { progress }) });
        return probe === undefined ? made : { ...made, probe: { url: made.url, ...probe } };
      }),
    ),
  );
