import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';

import { noFetcher, type DocumentFetcher } from './fetch-document.ts';
import { resolvePaths, type Paths } from './paths.ts';
import { createRunner, type Runner } from './run.ts';

/** Everything the engine takes from the world around it. Tests replace the parts they need to control. */
export interface Context {
  readonly now: () => Date;
  /** Monotonic milliseconds, for whatever waits or measures. */
  readonly clock: () => number;
  /** Random bytes fit for keys and names. */
  readonly random: (length: number) => Uint8Array;
  readonly runner: Runner;
  /** The way to documents on the web; without one there is none. */
  readonly fetchDocument: DocumentFetcher;
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The real clock, randomness, programs and folders; `overrides` wins. */
export function createContext(overrides: Partial<Context> = {}): Context {
  const env = overrides.env ?? process.env;
  return {
    now: () => new Date(),
    clock: () => performance.now(),
    random: (length) => randomBytes(length),
    runner: createRunner(env),
    fetchDocument: noFetcher,
    paths: resolvePaths(env, env['HOME'] ?? homedir()),
    env,
    ...overrides,
  };
}
