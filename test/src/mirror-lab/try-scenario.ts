import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { mirrorOf, type DownloadOptions, type MirrorOutcome } from '@loopstick/core';

import type { LoggedRequest } from '../servers/exchange.ts';
import { startLab, type MirrorCount } from './lab.ts';
import { oracleSeconds } from './oracle.ts';
import { runDownload, type Run, type RunOptions } from './run.ts';
import { scaled, type Scenario } from './spec.ts';

const SEED = 'trial';
/** So that failures do not take as long as in life. */
const PATIENCE = { openMs: 5000, idleMs: 700, baseMs: 20, maxMs: 200 };

type Memory = NonNullable<DownloadOptions['mirrorMemory']>;

/** What a download would remember of one mirror. */
export interface Lesson {
  /** Place in the scenario. */
  readonly mirror: number;
  readonly outcome: MirrorOutcome;
}

export interface Trial extends Run {
  /** Whether the file is there and is the right one. */
  readonly isRight: boolean;
  /** The file's addresses, in the order of the scenario. */
  readonly urls: readonly string[];
  readonly lessons: readonly Lesson[];
  /** Bodies on their way, from all mirrors together. */
  readonly mostAtOnce: number;
  readonly counts: readonly MirrorCount[];
  readonly requests: readonly (readonly LoggedRequest[])[];
}

/** One run of a scenario in this process, with everything that belongs to it cleaned away afterwards. */
export async function tryScenario(
  scenario: Scenario,
  strategy: RunOptions['strategy'],
  options: Pick<RunOptions, 'connections'> = {},
): Promise<Trial> {
  const home = await mkdtemp(join(tmpdir(), 'loopstick-lab-'));
  const lab = await startLab(scenario);
  try {
    lab.reset(SEED);
    const { urls, sha256 } = lab;
    const signal = AbortSignal.timeout(60_000);
    const lessons: Lesson[] = [];
    const memory: Memory = {
      recall: () => undefined,
      learn: (mirror, { outcome }) => {
        lessons.push({ mirror: urls.findIndex((url) => mirrorOf(url) === mirror), outcome });
      },
      list: () => [],
      forget: () => 0,
    };
    const job = { scenario, urls, sha256, strategy, home, seed: SEED, memory, ...options };
    const run = await runDownload({ ...job, patience: PATIENCE, signal });
    const isRight = run.failed === undefined && (await sha256Of(run.file)) === sha256;
    return {
      ...run,
      isRight,
      urls,
      lessons,
      mostAtOnce: lab.mostAtOnce(),
      counts: lab.counts(),
      requests: lab.requests(),
    };
  } finally {
    await lab.close();
    await rm(home, { recursive: true, force: true });
  }
}

/** The same mirrors with a file of this size, so fast that it takes whoever knows everything about `seconds`. */
export function shortened(scenario: Scenario, size: number, seconds: number): Scenario {
  const share = size / scenario.size;
  return scaled(scenario, size, (oracleSeconds(scenario, '') * share) / seconds);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
