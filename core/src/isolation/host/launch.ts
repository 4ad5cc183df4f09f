import { spawn, type ChildProcess } from 'node:child_process';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';

import type { PluginManifest } from '../../plugin/plugin-manifest.ts';
import type { IsolationLimits } from '../limits.ts';
import { CHILD_MAIN, CHILD_RUNTIME, CORE_PACKAGE } from '../runtime-files.ts';
import { readableOf } from './plugin-folder.ts';

/** As Node calls it, newest first. */
const PERMISSION_FLAGS = ['--permission', '--experimental-permission'];

/**
 * The arguments with which Node runs a plugin. Where Node has no permission list, there is none.
 * @param workDirectory may be written to, besides
 * @throws LoopstickError PLUGIN_FOLDER_REFUSED
 */
export async function launchArguments(
  manifest: Pick<PluginManifest, 'id' | 'directory' | 'permissions'>,
  limits: IsolationLimits,
  workDirectory?: string,
): Promise<string[]> {
  const own = await readableOf(manifest.id, await realpath(manifest.directory));
  const granted = manifest.permissions.paths.filter(isAbsolute).map((path) => join(path, '*'));
  const work = workDirectory === undefined ? [] : [join(await realpath(workDirectory), '*')];
  const known = PERMISSION_FLAGS.find((each) => process.allowedNodeEnvironmentFlags.has(each));
  const read = [join(CHILD_RUNTIME, '*'), CORE_PACKAGE, ...own, ...granted, ...work];
  const list = [...read.map((each) => `--allow-fs-read=${each}`), ...work.map((each) => `--allow-fs-write=${each}`)];
  return [
    ...(known === undefined ? [] : [known, ...list]),
    '--no-warnings',
    '--no-addons',
    `--max-old-space-size=${limits.heapMb}`,
    CHILD_MAIN,
  ];
}

/**
 * Starts Node with nothing of this process: no environment, no descriptors but the line and what it prints on, and in a
 * group of its own, so that a key on the terminal does not end it in the middle of a call. It keeps nothing alive.
 * @param tether what is put before the command: see tether.ts
 */
export function launch(args: readonly string[], directory: string, tether: readonly string[]): ChildProcess {
  const [program = process.execPath, ...rest] = [...tether, process.execPath, ...args];
  const child = spawn(program, rest, {
    cwd: directory,
    env: {},
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    serialization: 'json',
  });
  child.unref();
  for (const stream of child.stdio) (stream as { unref?(): void } | null)?.unref?.();
  return child;
}
