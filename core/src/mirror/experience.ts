import { MIRROR_OUTCOMES, type MirrorHistory, type MirrorOutcome } from '../engine/hooks.ts';
import type { MirrorLesson } from './memory.ts';

/** After so long, what was learned counts half. */
const HALF_LIFE_MS = 14 * 24 * 60 * 60 * 1000;
/** Weight that the newest measurement of a delay has. */
const DELAY_SHARE = 0.3;
/**
 * How far speeds of one mirror vary from day to day, as a standard deviation of their logarithm, before enough is known
 * of this one; it counts like one measurement. A factor of two either way is what public mirrors show between hours.
 */
const USUAL_DEVIATION = Math.log(2);

/** Everything that is kept of one mirror, as it was at `updatedAt` (milliseconds since 1970). */
export interface Experience {
  readonly updatedAt: number;
  readonly outcomes: Readonly<Record<MirrorOutcome, number>>;
  /** Natural logarithms of bytes a second: mean, sum of squared distances from it, and number of measurements. */
  readonly logMean: number;
  readonly logSquares: number;
  readonly weight: number;
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
}

/** What is known of a mirror nobody has used. */
export function inexperience(now: number): Experience {
  const outcomes = Object.fromEntries(MIRROR_OUTCOMES.map((outcome) => [outcome, 0])) as Record<MirrorOutcome, number>;
  return { updatedAt: now, outcomes, logMean: 0, logSquares: 0, weight: 0 };
}

/** What it counts for at a later time. A clock that was set back does not make it count more. */
export function aged(experience: Experience, now: number): Experience {
  const factor = 0.5 ** (Math.max(0, now - experience.updatedAt) / HALF_LIFE_MS);
  const outcomes = Object.fromEntries(
    MIRROR_OUTCOMES.map((outcome) => [outcome, experience.outcomes[outcome] * factor]),
  ) as Record<MirrorOutcome, number>;
  const { logSquares, weight } = experience;
  return { ...experience, updatedAt: now, outcomes, logSquares: logSquares * factor, weight: weight * factor };
}

/** With one lesson more. The mean is that of all measurements by their weights (West 1979). */
export function taught(experience: Experience, lesson: MirrorLesson, now: number): Experience {
  const before = aged(experience, now);
  const outcomes = { ...before.outcomes, [lesson.outcome]: before.outcomes[lesson.outcome] + 1 };
  const delays = {
    connectMs: mixed(before.connectMs, lesson.connectMs),
    firstByteMs: mixed(before.firstByteMs, lesson.firstByteMs),
  };
  if (lesson.speed === undefined || !(lesson.speed > 0)) return { ...before, ...delays, outcomes };
  const value = Math.log(lesson.speed);
  const weight = before.weight + 1;
  const distance = value - before.logMean;
  const logMean = before.logMean + distance / weight;
  const logSquares = before.logSquares + distance * (value - logMean);
  return { ...before, ...delays, outcomes, weight, logMean, logSquares };
}

/** As strategies see it. */
export function historyOf(experience: Experience, now: number): MirrorHistory {
  const { outcomes, logMean, logSquares, weight, connectMs, firstByteMs } = aged(experience, now);
  const deviation = Math.sqrt((logSquares + USUAL_DEVIATION ** 2) / (weight + 1));
  return {
    outcomes,
    speed: weight > 0 ? { mean: Math.exp(logMean), deviation, weight } : undefined,
    connectMs,
    firstByteMs,
    lastUsed: new Date(experience.updatedAt),
  };
}

function mixed(before: number | undefined, value: number | undefined): number | undefined {
  if (value === undefined || !(value >= 0)) return before;
  return before === undefined ? value : before + (value - before) * DELAY_SHARE;
}
