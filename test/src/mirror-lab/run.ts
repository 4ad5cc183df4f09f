import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  createEngine,
  downloadFile,
  type DownloadOptions,
  isLoopstickError,
  parseSettings,
  type Engine,
  type MirrorStrategy,
  type Patience,
} from '@loopstick/core';

import { seededRandom } from './seeded.ts';
import type { Scenario } from './spec.ts';
import { RIVAL_NAMES, rivalsFor } from './strategies/rivals.ts';
import { watched, type StrategyLog } from './watched.ts';

const PLUGINS = fileURLToPath(new URL('../../../plugins/', import.meta.url));
/** Under this name the watched strategy is registered. */
const WATCHED = 'watched';

export interface RunOptions {
  readonly scenario: Scenario;
  /** The file's addresses at the mirrors of the scenario. */
  readonly urls: readonly string[];
  readonly sha256: string;
  /** Name of one of a plugin's or of a rival, or one that nobody has a name for. */
  readonly strategy: string | MirrorStrategy;
  /** An empty folder, for the file and for everything that the engine keeps. */
  readonly home: string;
  /** The same seed, the same chance. */
  readonly seed: string;
  readonly patience?: Partial<Patience> | undefined;
  /** Where the engine writes what it has learned. */
  readonly memory?: DownloadOptions['mirrorMemory'];
  readonly connections?: DownloadOptions['connections'];
  readonly signal: AbortSignal;
}

/** How far a run was. */
export interface Moment {
  /** Since it began. */
  readonly seconds: number;
  /** Bytes that were there. */
  readonly done: number;
  readonly connections: number;
}

export interface Run {
  /** To the verified file, or to the failure. */
  readonly seconds: number;
  /** Of the error; undefined when it worked. */
  readonly failed: string | undefined;
  readonly file: string;
  /** Bytes of the file by the address that they came from; where several worked on one piece, nobody gets them. */
  readonly delivered: Readonly<Record<string, number>>;
  readonly timeline: readonly Moment[];
  readonly log: StrategyLog;
  /** Codes of the warnings: a strategy that fails costs only its advice, so they have to be looked at. */
  readonly warnings: readonly string[];
  readonly engine: Engine;
}

/** Downloads the file of a scenario with the real engine, its bundled plugins and one strategy. */
export async function runDownload(options: RunOptions): Promise<Run> {
  const { scenario, urls, sha256, home, seed, patience, memory, connections, signal } = options;
  const engine = await openEngine(home, seed);
  const { strategy, log } = watched(WATCHED, await strategyFor(engine, options), scenario, urls);
  engine.own.mirrorStrategy(strategy);
  const warnings: string[] = [];
  engine.events.on('warning', ({ code }) => warnings.push(code));
  const file = join(home, 'image.iso');
  const job = { label: scenario.name, urls, size: scenario.size, digests: { sha256 }, destination: file };
  const timeline: Moment[] = [];
  const begun = performance.now();
  const elapsed = (): number => (performance.now() - begun) / 1000;
  engine.events.on('transfer', ({ done, connections }) => timeline.push({ seconds: elapsed(), done, connections }));
  const delivered: Record<string, number> = {};
  const failed = await downloadFile(engine, job, { signal, patience, connections, mirrorMemory: memory }).then(
    ({ origins }) => {
      for (const { mirror = '', start, end } of origins) delivered[mirror] = (delivered[mirror] ?? 0) + end - start;
      return undefined;
    },
    (error: unknown) => {
      if (!isLoopstickError(error)) throw error;
      return error.code;
    },
  );
  return { seconds: elapsed(), failed, file, delivered, timeline, log, warnings, engine };
}

/** Those of plugins first, then the rivals. */
export async function strategyNames(home: string): Promise<readonly string[]> {
  const engine = await openEngine(home, '');
  return [...(await engine.mirrorStrategies()).map(({ name }) => name), ...RIVAL_NAMES];
}

async function openEngine(home: string, seed: string): Promise<Engine> {
  const folders = readdirSync(PLUGINS).filter((name) => name === 'transport-http' || name.startsWith('mirror-'));
  return await createEngine({
    context: { env: { ...process.env, LOOPSTICK_HOME: home }, random: seededRandom(seed) },
    plugins: folders.map((name) => join(PLUGINS, name)),
    settings: parseSettings({ mirrors: { strategy: WATCHED } }, 'settings of the laboratory'),
  });
}

async function strategyFor(engine: Engine, { strategy, scenario, urls }: RunOptions): Promise<MirrorStrategy> {
  if (typeof strategy !== 'string') return strategy;
  const rival = rivalsFor(scenario, urls).find(({ name }) => name === strategy);
  return rival ?? (await engine.mirrorStrategy(strategy));
}
