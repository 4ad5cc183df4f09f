import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import { createEngine, type Engine } from '../../../src/engine/engine.ts';

export interface Room {
  readonly folder: string;
  readonly engine: Engine;
  /** Codes of the warnings so far. */
  readonly warnings: string[];
}

/** An engine without plugins whose folders are empty. */
export async function createRoom(): Promise<Room> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-queue-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const engine = await createEngine({ context: { env: { LOOPSTICK_HOME: join(folder, 'home') } } });
  const warnings: string[] = [];
  engine.events.on('warning', ({ code }) => warnings.push(code));
  return { folder, engine, warnings };
}
