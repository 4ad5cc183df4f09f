import {
  CATALOG_SOURCE,
  measureMirror,
  mirrorName,
  probeEach,
  type Engine,
  type Measurement,
  type MirrorCandidate,
  type ProbeOptions,
} from '@loopstick/core';

import type { MirroredImage } from './mirror-image.ts';
import type { MirrorTestView, TestedMirror } from './output/mirror-test-view.ts';

/** Enough to tell a speed, and little for a mirror to send. */
const PROBE: ProbeOptions = { bytes: 2 * 1024 * 1024, ms: 5_000 };
const AT_ONCE = 4;

/** Measures each mirror once, at most four at a time, and tells the view. */
export class MirrorTest {
  readonly #engine: Engine;
  readonly #size: number | undefined;
  readonly #view: Pick<MirrorTestView, 'update' | 'end'>;
  readonly #tested: Map<string, TestedMirror>;

  constructor(
    engine: Engine,
    { size }: Pick<MirroredImage, 'size'>,
    candidates: readonly MirrorCandidate[],
    view: Pick<MirrorTestView, 'update' | 'end'>,
  ) {
    this.#engine = engine;
    this.#size = size;
    this.#view = view;
    this.#tested = new Map(candidates.map((candidate) => [candidate.url, { candidate, state: 'waiting' }]));
  }

  /** @throws the signal's reason */
  async run(signal: AbortSignal): Promise<void> {
    const candidates = [...this.#tested.values()].map(({ candidate }) => candidate);
    const rest = [...candidates];
    let size = this.#size;
    // What the catalog does not say, its own mirrors know best: others may be behind.
    while (size === undefined && rest[0] !== undefined && isOfCatalog(rest[0])) {
      const others = rest.findIndex((each) => !isOfCatalog(each));
      size = await this.#agree(rest.splice(0, Math.min(AT_ONCE, others < 0 ? AT_ONCE : others)), signal);
    }
    const ask = async (url: string, options: ProbeOptions): Promise<Measurement> => {
      const probe = await this.#measure(url, size, options, signal);
      this.#set(url, 'done', probe);
      return probe;
    };
    await probeEach(candidates, rest, ask, PROBE);
  }

  /** Shows what there is, for good, and returns it. */
  end(): Measurement[] {
    const all = [...this.#tested.values()];
    this.#view.end(all);
    return all.flatMap(({ probe }) => probe ?? []);
  }

  /** Asks these all at once how large the file is, and takes the word of the first that has it. */
  async #agree(some: readonly MirrorCandidate[], signal: AbortSignal): Promise<number | undefined> {
    const came = new Map<string, Measurement>();
    const asked = some.map(async ({ url }) => {
      came.set(url, await this.#measure(url, undefined, PROBE, signal));
    });
    const size = (): number | undefined =>
      some.map(({ url }) => came.get(url)).find((each) => each?.state === 'current')?.total;
    try {
      await Promise.all(asked);
      return size();
    } finally {
      // Also when somebody has seen enough before all were there.
      for (const [url, probe] of came) this.#set(url, 'done', judged(probe, size()));
    }
  }

  async #measure(
    url: string,
    size: number | undefined,
    options: ProbeOptions,
    signal: AbortSignal,
  ): Promise<Measurement> {
    signal.throwIfAborted();
    this.#set(url, 'measuring');
    return measureMirror(this.#engine, { url, size }, { ...options, signal });
  }

  #set(url: string, state: TestedMirror['state'], probe?: Measurement): void {
    const before = this.#tested.get(url);
    if (before === undefined) return;
    const now = { ...before, state, probe };
    this.#tested.set(url, now);
    this.#view.update([...this.#tested.values()], now);
  }
}

/** Its address comes from the catalog itself. */
export function isOfCatalog({ sources }: MirrorCandidate): boolean {
  return sources[0] === CATALOG_SOURCE;
}

/** What was measured before anybody knew how large the file has to be. */
function judged(probe: Measurement, size: number | undefined): Measurement {
  const { url, state, total, bytes, connectMs, firstByteMs } = probe;
  if (state !== 'current' || size === undefined || total === size) return probe;
  const problem = `${mirrorName(url)} has ${total ?? 'an unknown number of'} bytes and not ${size}`;
  return { url, state: 'stale', total, bytes, connectMs, firstByteMs, problem, lesson: { outcome: 'stale' } };
}
