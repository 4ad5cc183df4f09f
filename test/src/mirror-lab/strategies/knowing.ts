import type { MirrorStrategy } from '@loopstick/core';

import { Course } from '../course.ts';
import { hasFile, type Scenario } from '../spec.ts';

/** How long a connection is looked at: what is slow at first may be the best. */
const LATER_MS = 5000;

/**
 * Knows what every mirror has and can deliver at any time. What it loses against the oracle's bound the transfer loses,
 * and not the ranking.
 */
export function knowing(scenario: Scenario, urls: readonly string[], clock: () => number): MirrorStrategy {
  const begun = clock();
  const mirrors = scenario.mirrors.map((spec, index) => ({
    spec,
    course: new Course({ ...spec, jitter: undefined }, ''),
    url: urls[index] ?? '',
  }));
  return {
    name: 'oracle',
    description: 'Knows what each mirror has and how fast it is at any time',
    async rank(candidates, { size = scenario.size, remaining = size }) {
      const speeds = new Map(
        mirrors.map(({ spec, course, url }) => {
          const sent = candidates.find((one) => one.url === url)?.progress?.bytes ?? 0;
          const rate = course.rateAt((clock() - begun) / 1000, 1 - remaining / size, sent);
          return [
            url,
            hasFile(spec) && spec.ranges !== false ? Math.min(rate, 2 * course.perConnectionAt(LATER_MS)) : -1,
          ];
        }),
      );
      const speed = (url: string): number => speeds.get(url) ?? -1;
      return [...candidates]
        .sort((a, b) => speed(b.url) - speed(a.url) || a.position - b.position)
        .map(({ url }) => ({ url, reason: 'known', expected: Math.max(0, speed(url)), use: speed(url) >= 0 }));
    },
  };
}
