import { SeededBytes } from './seeded.ts';
import type { MirrorSpec } from './spec.ts';

/** How long a jittery mirror keeps a rate. */
const JITTER_SECONDS = 0.25;
/** At what part of its rate a slow connection starts. */
const SLOW_START = 0.05;

/** What a mirror can deliver while a run goes on; the servers and the oracle ask the same. */
export class Course {
  readonly #spec: MirrorSpec;
  readonly #noise: SeededBytes;
  #rate: number;
  #changes = 0;
  #changedAt = 0;
  #stalledAt: number | undefined;

  constructor(spec: MirrorSpec, seed: string) {
    this.#spec = spec;
    this.#rate = spec.rate;
    this.#noise = new SeededBytes(`jitter ${seed}`);
  }

  /**
   * Bytes a second, over all connections to it. Times must not go back.
   * @param seconds since the run began
   * @param share of the file that all mirrors have sent
   * @param sent bytes that this one has sent
   */
  rateAt(seconds: number, share: number, sent: number): number {
    const next = this.#spec.changes?.[this.#changes];
    if (next !== undefined && isDue(next.when, seconds - this.#changedAt, share)) {
      this.#changes++;
      this.#changedAt = seconds;
      this.#rate = next.rate;
    }
    return this.#isStalled(seconds, sent) ? 0 : this.#rate * this.#jitterAt(seconds);
  }

  /** Bytes a second over one connection, so long after its first byte; a mirror cannot send more than its rate. */
  perConnectionAt(ageMs: number): number {
    const { perConnection = this.#rate, slowStartMs } = this.#spec;
    if (slowStartMs === undefined || ageMs >= slowStartMs) return perConnection;
    return perConnection * (SLOW_START + (1 - SLOW_START) * Math.max(0, ageMs / slowStartMs));
  }

  #isStalled(seconds: number, sent: number): boolean {
    const { stall } = this.#spec;
    if (stall === undefined || sent < stall.after) return false;
    this.#stalledAt ??= seconds;
    return seconds - this.#stalledAt < (stall.seconds ?? Infinity);
  }

  /** Log-normal with the mean 1, from two even numbers (Box and Muller). */
  #jitterAt(seconds: number): number {
    const { jitter } = this.#spec;
    if (jitter === undefined) return 1;
    const at = Math.floor(seconds / JITTER_SECONDS) * 8;
    const bytes = this.#noise.read(at, at + 8);
    const [first, second] = [0, 4].map((offset) => (bytes.readUInt32LE(offset) + 1) / (2 ** 32 + 1));
    const normal = Math.sqrt(-2 * Math.log(first ?? 1)) * Math.cos(2 * Math.PI * (second ?? 0));
    return Math.exp(jitter * normal - jitter ** 2 / 2);
  }
}

function isDue(
  when: { readonly share: number } | { readonly seconds: number },
  waited: number,
  share: number,
): boolean {
  return 'share' in when ? share >= when.share : waited >= when.seconds;
}
