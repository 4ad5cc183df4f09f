import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { createEngine, type Engine } from '../../src/engine/engine.ts';
import type { LoopstickError } from '../../src/engine/errors.ts';
import type { Progress } from '../../src/engine/events.ts';
import { HASH_ALGORITHMS, type Digests } from '../../src/verify/digests.ts';
import { temporaryFolder } from '../engine/support.ts';

/** All digests of these bytes. */
export function digestsOf(content: Uint8Array | string): Digests & { readonly sha256: string } {
  const digests = HASH_ALGORITHMS.map((algorithm) => [algorithm, createHash(algorithm).update(content).digest('hex')]);
  return Object.fromEntries(digests) as Digests & { readonly sha256: string };
}

export function sha256Of(content: Uint8Array | string): string {
  return digestsOf(content).sha256;
}

export interface VerifyRoom {
  readonly folder: string;
  readonly engine: Engine;
  readonly progress: Progress[];
  readonly warnings: LoopstickError[];
  /** Writes a file, and the folders above it. Returns its path. */
  write(name: string, content: Uint8Array | string): Promise<string>;
}

/** An engine without plugins, and a folder that is gone after the test. */
export async function createVerifyRoom(): Promise<VerifyRoom> {
  const folder = await temporaryFolder();
  const engine = await createEngine({ context: { env: { LOOPSTICK_HOME: join(folder, 'home') } } });
  const progress: Progress[] = [];
  const warnings: LoopstickError[] = [];
  engine.events.on('progress', (event) => progress.push(event));
  engine.events.on('warning', (warning) => warnings.push(warning));
  const write = async (name: string, content: Uint8Array | string): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };
  return { folder, engine, progress, warnings, write };
}
