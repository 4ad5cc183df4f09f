import type { MirrorMemory } from './memory.ts';
import { mirrorOf } from './candidate.ts';
import type { Measurement } from './measure.ts';

/**
 * Remembers what was measured. When no mirror could be reached at all, it was the user's own network, and nothing is
 * held against anybody.
 * @throws what the memory throws
 */
export function learnMeasured(memory: Pick<MirrorMemory, 'learn'>, measurements: readonly Measurement[]): void {
  const isOnline = measurements.some(({ lesson }) => !isSilence(lesson.outcome));
  for (const { url, lesson } of measurements) {
    if (isOnline || !isSilence(lesson.outcome)) memory.learn(mirrorOf(url), lesson);
  }
}

function isSilence(outcome: Measurement['lesson']['outcome']): boolean {
  return outcome === 'timeout' || outcome === 'reset';
}
