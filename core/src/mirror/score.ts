/**
 * What is to be expected of a mirror, from all that is known of it. Strategies share this arithmetic; what they make of
 * it is their own. Nothing here is kept: the record of a candidate says it all.
 */
import type { MirrorCandidate, MirrorOutcome, SpeedMemory } from '../engine/hooks.ts';

/** What is believed of a mirror's speed. Speeds vary by factors: all spreads are of the natural logarithm. */
export interface SpeedBelief {
  /** Bytes a second. */
  readonly mean: number;
  /** How far the truth may be from that: standard deviation. */
  readonly deviation: number;
  /** The best evidence: measured in this download, by a probe in this download, or remembered from earlier ones. */
  readonly from: 'download' | 'probe' | 'history';
}

// By how much an outcome counts against a mirror. Wrong bytes cost a hash over everything; a reset costs a reconnect.
const HARM: Readonly<Record<MirrorOutcome, number>> = {
  success: 0,
  timeout: 1,
  'http-error': 1,
  reset: 0.7,
  stale: 0,
  corrupt: 6,
};

const FAILED_PROBE = 2;

/** From 0 to 1: how likely it is that this mirror delivers what is asked of it; 2/3 for one that was never used. */
export function successProbability({ history, progress, probe }: MirrorCandidate): number {
  // Beta(2, 1): a mirror of which nothing is known works two times in three.
  let [successes, failures] = [2, 1];
  for (const [outcome, count] of Object.entries(history?.outcomes ?? {}) as [MirrorOutcome, number][]) {
    if (outcome === 'success') successes += sane(count);
    else failures += sane(count) * HARM[outcome];
  }
  if ((progress?.bytes ?? 0) > 0 || probe?.state === 'current') successes++;
  if (probe?.state === 'failed') failures += FAILED_PROBE;
  failures += sane(progress?.failures);
  return successes / (successes + failures);
}

/**
 * Undefined for a mirror whose speed was never seen. What it does in this download beats everything, except right after
 * it was connected, when it is still getting faster; a probe and the past are weighed by how sure they are.
 */
export function believedSpeed(candidate: MirrorCandidate): SpeedBelief | undefined {
  const past = believedWithoutDownload(candidate);
  const { progress } = candidate;
  if (progress?.speed === undefined) return past;
  const measured = { mean: atLeastOne(progress.speed), deviation: LIVE_DEVIATION, from: 'download' } as const;
  return past !== undefined && hasJustBegun(candidate) && past.mean > measured.mean ? past : measured;
}

/** What was known of it apart from what it does in this download: how fast it was, or ought to be. */
export function believedWithoutDownload({ probe, history }: MirrorCandidate): SpeedBelief | undefined {
  const probed = probe?.speed === undefined ? undefined : probeBelief(probe.speed, probe.bytes);
  const remembered = history?.speed === undefined ? undefined : memoryBelief(history.speed);
  return probed !== undefined && remembered !== undefined ? both(probed, remembered) : (probed ?? remembered);
}

const LIVE_DEVIATION = 0.3;
/** Less than what comes in so many seconds at its present speed is too little to judge by. */
const YOUNG_SECONDS = 1.5;

/** In use, but not for long enough to have got up to speed. */
export function hasJustBegun({ progress }: MirrorCandidate): boolean {
  const { connections, bytes, speed } = progress ?? { connections: 0, bytes: 0, speed: undefined };
  return connections > 0 && (speed === undefined || (speed > 0 && bytes < YOUNG_SECONDS * speed));
}

// A quarter of a mebibyte is over before a connection has got up to speed, so it tells little; four tell much more.
const PROBE_DEVIATION = 0.6;
const PROBE_BYTES = 256 * 1024;
// Networks change from day to day and hour to hour: nothing is ever surer than that.
const DRIFT = 0.25;
// What one measurement alone has to be suspected of.
const SINGLE_DEVIATION = 0.7;
// Two times in three within a factor of seven: as good as nothing.
const WIDEST = 2;

function probeBelief(speed: number, bytes: number): SpeedBelief {
  const deviation = PROBE_DEVIATION * Math.sqrt(Math.min(1, PROBE_BYTES / atLeastOne(bytes)));
  return { mean: atLeastOne(speed), deviation: Math.max(DRIFT, deviation), from: 'probe' };
}

function memoryBelief({ mean, deviation, weight }: SpeedMemory): SpeedBelief {
  const count = Math.max(0.1, sane(weight));
  const spread = (sane(deviation) ** 2 * count + SINGLE_DEVIATION ** 2) / (count + 1);
  const uncertain = Math.sqrt(spread / count + DRIFT ** 2);
  return { mean: atLeastOne(mean), deviation: Math.min(WIDEST, uncertain), from: 'history' };
}

/** The product of two log-normal distributions: each counts by its precision. */
function both(one: SpeedBelief, other: SpeedBelief): SpeedBelief {
  const [a, b] = [one.deviation ** -2, other.deviation ** -2];
  const mean = Math.exp((Math.log(one.mean) * a + Math.log(other.mean) * b) / (a + b));
  return { mean, deviation: (a + b) ** -0.5, from: one.from };
}

/** A speed as it may turn out to be (Thompson sampling): the less is known, the further from the mean it may be. */
export function drawSpeed({ mean, deviation }: Pick<SpeedBelief, 'mean' | 'deviation'>, random: () => number): number {
  // Box and Muller, 1958; the first number must not be 0.
  const radius = Math.sqrt(-2 * Math.log(Math.max(1 - random(), Number.EPSILON)));
  return mean * Math.exp(deviation * radius * Math.cos(2 * Math.PI * random()));
}

/** Everything once, at random: what weighs twice as much comes first twice as often. Weights are above 0. */
export function weightedShuffle<T>(items: readonly T[], weightOf: (item: T) => number, random: () => number): T[] {
  // Efraimidis and Spirakis, 2006: the order of random keys with the exponent 1/weight is such a draw.
  return items
    .map((item) => ({ item, key: Math.log(Math.max(random(), Number.EPSILON)) / weightOf(item) }))
    .sort((a, b) => b.key - a.key)
    .map(({ item }) => item);
}

// Far more than any count or speed, and far from where arithmetic ends.
const MOST = 1e15;

/** History and probes come from elsewhere; what makes no sense must not spread. */
function sane(value: number | undefined): number {
  return value !== undefined && value > 0 ? Math.min(value, MOST) : 0;
}

function atLeastOne(value: number): number {
  return Math.max(1, sane(value));
}
