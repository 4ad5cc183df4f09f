import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { onTestFinished } from 'vitest';

import { CallGuard, type PluginCall } from '../../src/engine/deadline.ts';
import { createHooks } from '../../src/engine/hooks.ts';
import { DEFAULT_DEADLINES, type Deadlines, type TapDoor } from '../../src/engine/tap.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes text files below a folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

/** The package.json of a plugin, sound unless the changes make it otherwise. */
export function manifestText(id: string, block: object = {}, rest: object = {}): string {
  return JSON.stringify({
    name: `plugin-${id}`,
    version: '1.2.3',
    type: 'module',
    loopstick: { schema: 1, id, kinds: ['lifecycle@1'], engine: '*', entry: './index.js', ...block },
    ...rest,
  });
}

export interface Loss {
  readonly call: PluginCall;
  readonly error: unknown;
}

/** A door with fresh hooks that remembers what was lost. */
export function testDoor(deadlines: Partial<Deadlines> = {}): TapDoor & { readonly losses: Loss[] } {
  const losses: Loss[] = [];
  return {
    hooks: createHooks(),
    guard: new CallGuard(),
    deadlines: { ...DEFAULT_DEADLINES, ...deadlines },
    onLoss: (loss) => {
      losses.push(loss);
    },
    losses,
  };
}

/** A signal that is never aborted. */
export const never = (): AbortSignal => new AbortController().signal;

/** Never settles and keeps nothing alive. */
export const hang = (): Promise<never> => new Promise(() => undefined);
