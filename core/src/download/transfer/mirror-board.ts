import type { MirrorCandidate, MirrorProbe, ProbeOptions, RankedMirror } from '../../engine/hooks.ts';
import type { RankingQuestion } from '../../mirror/ranking.ts';
import type { Origin } from './origin.ts';
import type { TransferState } from './state.ts';

/** The strategy is asked again so long after it has answered, and for the first time when there is something to tell. */
const ASK_MS = 2_000;
const FIRST_ASK_MS = 200;
/** What a connection brings in this time says more of its beginning than of the mirror. */
const YOUNG_MS = 1_000;
/** More than anybody needs at once, and few enough to keep an eye on each. */
const MOST_CANDIDATES = 24;
/** A file below this, or the rest of one, is there before probing would have paid. */
const WORTH_PROBING = 16 * 1024 * 1024;

/** Who may deliver, and whom to ask for their order. */
export interface MirrorAdvice {
  /** By address: what is known of each. Addresses without a candidate keep their place. */
  readonly candidates: readonly MirrorCandidate[];
  /** Never rejects but with the signal's reason. */
  ask(
    candidates: readonly MirrorCandidate[],
    question: Pick<RankingQuestion, 'size' | 'remaining' | 'probe' | 'signal'>,
  ): Promise<readonly RankedMirror[]>;
}

/** Keeps the origins of a transfer in the order of the mirror strategy, which is asked again while it runs. */
export class MirrorBoard {
  readonly #state: Pick<TransferState, 'clock' | 'map' | 'origins' | 'signal'>;
  readonly #advice: MirrorAdvice;
  readonly #probe: (origin: Origin, options: ProbeOptions) => Promise<MirrorProbe>;
  readonly #probes = new Map<string, MirrorProbe>();
  #nextAt: number;
  #isAsking = false;

  constructor(
    state: Pick<TransferState, 'clock' | 'map' | 'origins' | 'signal'>,
    advice: MirrorAdvice,
    probe: (origin: Origin, options: ProbeOptions) => Promise<MirrorProbe>,
  ) {
    this.#state = state;
    this.#advice = advice;
    this.#probe = probe;
    this.#nextAt = state.clock() + FIRST_ASK_MS;
  }

  /** Asks when it is time to, without making anybody wait: the order changes when the answer is there. */
  tick(): void {
    const { clock, signal, origins } = this.#state;
    if (this.#isAsking || clock() < this.#nextAt || origins.length < 2 || signal.aborted) return;
    this.#isAsking = true;
    void this.#ask()
      // The transfer has ended.
      .catch(() => undefined)
      .finally(() => {
        this.#isAsking = false;
        this.#nextAt = clock() + ASK_MS;
      });
  }

  async #ask(): Promise<void> {
    const { map, origins, signal } = this.#state;
    const byUrl = new Map(origins.map((origin) => [origin.url, origin]));
    const remaining = map.size - map.done;
    const considered = this.#considered();
    const candidates = this.#advice.candidates.flatMap((candidate) => {
      const origin = byUrl.get(candidate.url);
      return origin === undefined || !considered.has(origin) ? [] : [{ ...candidate, ...this.#seen(origin) }];
    });
    const probe = async (url: string, options: ProbeOptions): Promise<MirrorProbe> => {
      const origin = byUrl.get(url);
      if (origin === undefined) return { url, state: 'unasked', bytes: 0, problem: 'it is none of the mirrors' };
      const result = await this.#probe(origin, options);
      if (result.state !== 'unasked') this.#probes.set(url, result);
      return result;
    };
    const mayProbe = remaining >= WORTH_PROBING;
    const question = { size: map.size, remaining, probe: mayProbe ? probe : undefined, signal };
    const ranked = await this.#advice.ask(candidates, question);
    const rest = [...origins].filter((origin) => !considered.has(origin)).sort((a, b) => a.rank - b.rank);
    const order = [...ranked.flatMap(({ url }) => byUrl.get(url) ?? []), ...rest];
    for (const [rank, origin] of order.entries()) origin.rank = rank;
    for (const { url, use } of ranked) {
      const origin = byUrl.get(url);
      if (origin !== undefined) origin.benched = use === false;
    }
  }

  /** The best ranked that are left, and all that are in use: others move up when some are given up. */
  #considered(): ReadonlySet<Origin> {
    const left = this.#state.origins.filter(({ out }) => out === undefined).sort((a, b) => a.rank - b.rank);
    return new Set([...left.slice(0, MOST_CANDIDATES), ...left.filter(({ connections }) => connections > 0)]);
  }

  #seen(origin: Origin): Pick<MirrorCandidate, 'progress' | 'probe'> {
    const { speed, connections, failed, out } = origin;
    const isYoung = this.#state.clock() - origin.connectedAt < YOUNG_MS;
    return {
      progress: {
        bytes: speed.total,
        speed: connections > 0 && !isYoung ? speed.value : origin.lastSpeed,
        connections,
        failures: failed,
        out: out !== undefined,
      },
      probe: this.#probes.get(origin.url),
    };
  }
}
