import {
  CATALOG_SOURCE,
  failure,
  learnMeasured,
  measureMirror,
  messageOf,
  MIRROR_ERRORS,
  openMirrorMemory,
  probeEach,
  type Engine,
  type Measurement,
  type MirrorCandidate,
  type OpenMirrorMemory,
  type ProbeOptions,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { mirroredImage, mirrorsOf, type MirroredImage } from '../mirror-image.ts';
import { mirrorSettings, requireNamed, type MirrorOptions } from '../mirror-options.ts';
import { MirrorTestView, type TestedMirror } from '../output/mirror-test-view.ts';
import type { Session } from '../session.ts';
import { rank } from './mirrors.ts';

const COMMAND = 'loopstick mirrors test';

/** Enough to tell a speed, and little for a mirror to send. */
const PROBE: ProbeOptions = { bytes: 2 * 1024 * 1024, ms: 5_000 };

export async function mirrorsTest(
  session: Session,
  [word = '']: readonly string[],
  options: MirrorOptions & { readonly most: string },
): Promise<number> {
  const { terminal, signal, interrupts } = session;
  const most = countOf(options.most);
  const engine = await session.engine(({ mirrors, ...others }) => ({
    ...others,
    mirrors: mirrorSettings(options, mirrors, COMMAND),
  }));
  await requireNamed(engine, options);
  const image = await mirroredImage(engine, word, signal);
  const memory = await openMirrorMemory(engine, { create: true });
  const enough = new AbortController();
  let release = (): void => undefined;
  try {
    const chosen = await choose(engine, image, { memory, most, signal });
    const test = new MirrorTest(engine, image, chosen, new MirrorTestView(terminal, chosen));
    // From here on there is something to show when somebody has seen enough.
    release = interrupts.listen(() => {
      enough.abort();
    });
    try {
      await test.run(AbortSignal.any([signal, enough.signal]));
    } catch (error) {
      if (!enough.signal.aborted) throw error;
    }
    const measured = test.end();
    remember(engine, memory, measured);
    if (enough.signal.aborted) return EXIT_CODES.interrupted;
    if (!measured.some(({ state }) => state === 'current')) {
      throw failure(MIRROR_ERRORS.noneUsable, { count: measured.length, image: image.id });
    }
    return 0;
  } finally {
    release();
    memory.close();
  }
}

/** Those that a download would begin with; where nobody knows how large the image is, the catalog's own mirror too. */
async function choose(
  engine: Engine,
  image: MirroredImage,
  { memory, most, signal }: { readonly memory: OpenMirrorMemory; readonly most: number; readonly signal: AbortSignal },
): Promise<MirrorCandidate[]> {
  const candidates = await mirrorsOf(engine, image, { memory, signal });
  const ranked = await rank(engine, image, candidates, signal);
  const usable = ranked
    .filter(({ use }) => use !== false)
    .flatMap(({ url }) => candidates.find((candidate) => candidate.url === url) ?? []);
  const origin = image.size === undefined ? usable.filter(isOfCatalog).sort(byPosition).slice(0, 1) : [];
  return [...origin, ...usable.filter((candidate) => !origin.includes(candidate))].slice(0, most);
}

/** Measures each mirror once, at most four at a time, and tells the view. */
class MirrorTest {
  readonly #engine: Engine;
  readonly #image: MirroredImage;
  readonly #view: MirrorTestView;
  readonly #tested: Map<string, TestedMirror>;

  constructor(engine: Engine, image: MirroredImage, candidates: readonly MirrorCandidate[], view: MirrorTestView) {
    this.#engine = engine;
    this.#image = image;
    this.#view = view;
    this.#tested = new Map(candidates.map((candidate) => [candidate.url, { candidate, state: 'waiting' }]));
  }

  /** @throws the signal's reason */
  async run(signal: AbortSignal): Promise<void> {
    const candidates = [...this.#tested.values()].map(({ candidate }) => candidate);
    let { size } = this.#image;
    const ask = async (url: string, options: ProbeOptions): Promise<Measurement> => {
      signal.throwIfAborted();
      this.#set(url, 'measuring');
      const probe = await measureMirror(this.#engine, { url, size }, { ...options, signal });
      this.#set(url, 'done', probe);
      return probe;
    };
    const rest = [...candidates];
    // What the catalog does not say, its own mirrors know best: others may be behind.
    while (size === undefined && rest[0] !== undefined && isOfCatalog(rest[0])) {
      const { state, total } = await ask(rest[0].url, PROBE);
      if (state === 'current') size = total;
      rest.shift();
    }
    await probeEach(candidates, rest, ask, PROBE);
  }

  /** Shows what there is, for good, and returns it. */
  end(): Measurement[] {
    const all = [...this.#tested.values()];
    this.#view.end(all);
    return all.flatMap(({ probe }) => probe ?? []);
  }

  #set(url: string, state: TestedMirror['state'], probe?: Measurement): void {
    const before = this.#tested.get(url);
    if (before === undefined) return;
    const now = { ...before, state, probe };
    this.#tested.set(url, now);
    this.#view.update([...this.#tested.values()], now);
  }
}

function isOfCatalog({ sources }: MirrorCandidate): boolean {
  return sources[0] === CATALOG_SOURCE;
}

function byPosition(a: MirrorCandidate, b: MirrorCandidate): number {
  return a.position - b.position;
}

function remember(engine: Engine, memory: OpenMirrorMemory, measured: readonly Measurement[]): void {
  try {
    learnMeasured(memory, measured);
  } catch (cause) {
    const values = { file: engine.context.paths.state, problem: messageOf(cause) };
    engine.events.emit('warning', failure(MIRROR_ERRORS.memoryUnusable, values, { cause }));
  }
}

/** @throws LoopstickError CLI_BAD_VALUE */
function countOf(value: string): number {
  const most = /^\d{1,3}$/.test(value) ? Number(value) : NaN;
  if (most >= 1 && most <= 100) return most;
  const problem = 'it is not a number from 1 to 100';
  throw failure(CLI_ERRORS.badValue, { option: '--most', value, problem, command: COMMAND });
}
