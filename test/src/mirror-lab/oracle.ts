import { Course } from './course.ts';
import { fairShares } from './fair-shares.ts';
import { hasFile, type MirrorSpec, type Scenario } from './spec.ts';

/** What good manners allow. */
const PER_MIRROR = 2;
const IN_ALL = 16;
const STEP_SECONDS = 0.005;
const LONGEST_SECONDS = 3600;

/**
 * Seconds that a download takes at the least for whoever knows everything beforehand, with two connections a mirror and
 * sixteen in all: the mirrors flow like water, nobody is asked in vain, and connections change hands at no cost.
 * Infinity when no mirror has the file.
 */
export function oracleSeconds(scenario: Scenario, seed: string): number {
  const { size, downlink = Infinity } = scenario;
  const mirrors = scenario.mirrors.flatMap((spec, index) =>
    hasFile(spec) ? [{ spec, course: new Course(spec, `${seed} ${index}`), sent: 0 }] : [],
  );
  let done = 0;
  for (let seconds = 0; seconds < LONGEST_SECONDS; seconds += STEP_SECONDS) {
    const flows = mirrors.map(({ spec, course, sent }) => {
      const rate = course.rateAt(seconds, done / size, sent);
      const ageMs = seconds * 1000 - 2 * (spec.latencyMs ?? 0);
      return ageMs < 0 ? [] : partsOf(spec, rate, course.perConnectionAt(ageMs));
    });
    const chosen = withoutRepeats(
      flows,
      mirrors.map(({ spec }) => spec),
    )
      .flatMap((parts, pool) => parts.map((most) => ({ most, pool })))
      .sort((a, b) => b.most - a.most)
      .slice(0, IN_ALL)
      .map(({ most, pool }) => ({ most: most * STEP_SECONDS, pool }));
    const shares = fairShares(
      chosen,
      flows.map(() => Infinity),
      downlink * STEP_SECONDS,
    );
    const before = done;
    for (const [index, share] of shares.entries()) {
      const mirror = mirrors[chosen[index]?.pool ?? 0];
      if (mirror !== undefined) mirror.sent += share;
      done += share;
    }
    if (done >= size) return seconds + (STEP_SECONDS * (size - before)) / (done - before);
  }
  return Infinity;
}

/** Whole files all begin with the same bytes, so that one stream of them, the fastest, is as good as many. */
function withoutRepeats(flows: readonly (readonly number[])[], specs: readonly MirrorSpec[]): (readonly number[])[] {
  const streams = flows.map(([first = 0], index) => (specs[index]?.ranges === false ? first : 0));
  const fastest = streams.indexOf(Math.max(...streams));
  return flows.map((parts, index) => {
    if (specs[index]?.ranges !== false) return parts;
    return index === fastest ? parts.slice(0, 1) : [];
  });
}

/** What each further connection to a mirror brings, the first one first. */
function partsOf({ limit }: MirrorSpec, rate: number, perConnection: number): number[] {
  const connections = Math.min(PER_MIRROR, limit?.requests ?? PER_MIRROR);
  return Array.from({ length: connections }, (_, index) =>
    Math.max(0, Math.min(perConnection, rate - index * perConnection)),
  );
}
