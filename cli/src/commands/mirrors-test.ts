import {
  failure,
  learnMeasured,
  messageOf,
  MIRROR_ERRORS,
  openMirrorMemory,
  type Engine,
  type Measurement,
  type MirrorCandidate,
  type OpenMirrorMemory,
} from '@loopstick/core';

import { CLI_ERRORS } from '../cli-errors.ts';
import { EXIT_CODES } from '../exit-codes.ts';
import { mirroredImage, mirrorsOf, type MirroredImage } from '../mirror-image.ts';
import { mirrorSettings, requireNamed, type MirrorOptions } from '../mirror-options.ts';
import { isOfCatalog, MirrorTest } from '../mirror-test.ts';
import { MirrorTestView } from '../output/mirror-test-view.ts';
import type { Session } from '../session.ts';
import { rank } from './mirrors.ts';

const COMMAND = 'loopstick mirrors test';

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
    if (measured.length === 0 && engine.settings.mirrors.only) {
      throw failure(MIRROR_ERRORS.noneNamed, { image: image.id });
    }
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
