import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

import { isRefreshDue, type Engine } from '@loopstick/core';

export interface Surroundings {
  /** Standard output is a terminal: a person is there, and not a program that counts on what is there. */
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Starts the command with these words, and does not wait for it. */
  start(words: readonly string[]): void;
}

/** Asks the catalog sources for what is new when it is time to, for the next command and without delaying this one. */
export async function syncInBackground(
  engine: Pick<Engine, 'context' | 'settings'>,
  { isTTY, env, start }: Surroundings,
): Promise<void> {
  const byProgram = !isTTY || !['', 'false', '0'].includes(env['CI'] ?? '');
  if (byProgram || !(await isRefreshDue(engine))) return;
  start(['catalog', 'sync', '--background']);
}

/** A process of its own: it outlives this one, and its terminal, and prints nothing. */
export function startDetached(words: readonly string[]): void {
  const [, program = ''] = process.argv;
  const home = process.env['LOOPSTICK_HOME'];
  const child = spawn(process.execPath, [program, ...words], {
    detached: true,
    stdio: 'ignore',
    // Not where we are: that may be a stick which is to be unplugged.
    cwd: '/',
    env: { ...process.env, ...(home === undefined || home === '' ? {} : { LOOPSTICK_HOME: resolve(home) }) },
  });
  // Nobody waits for it, so nobody is told either; the next command tries again.
  child.on('error', () => undefined);
  child.unref();
}
