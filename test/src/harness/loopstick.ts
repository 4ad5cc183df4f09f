import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { execa } from 'execa';

import { ShownText } from './shown-text.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const PROGRAM = join(REPOSITORY, 'cli/bin/loopstick.js');

export interface LoopstickOptions {
  /** LOOPSTICK_HOME: where this Loopstick keeps its things. */
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run it as a user without any rights. Only root can; for anyone else it changes nothing. */
  readonly unprivileged?: boolean;
  readonly input?: string;
  /** In a process group of its own, which `process.kill(-pid, …)` reaches as a terminal's Ctrl-C would. */
  readonly group?: boolean;
}

export interface LoopstickResult {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The `error` object on standard error, with --json. */
  readonly error: { readonly code: string; readonly message: string; readonly hint: string } | undefined;
}

/** A running command: it settles with its outcome and never rejects. */
export interface RunningLoopstick extends PromiseLike<{
  exitCode?: number | undefined;
  signal?: string | undefined;
  stdout: string;
  stderr: string;
}> {
  readonly pid?: number | undefined;
  /** Resolves when standard output or error has shown this. @throws when the command ends without having done so */
  says(text: string | RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): boolean;
}

/** Starts the command as a user would, in a process of its own. */
export function startLoopstick(args: readonly string[], options: LoopstickOptions): RunningLoopstick {
  const [program, ...before] = options.unprivileged === true ? withoutRights() : [process.execPath];
  const child = execa(program ?? process.execPath, [...before, PROGRAM, ...args], {
    reject: false,
    cwd: options.cwd ?? REPOSITORY,
    env: { LOOPSTICK_HOME: options.home, NO_COLOR: '1', ...options.env },
    input: options.input ?? '',
    cleanup: options.group !== true,
    detached: options.group === true,
  });
  const shown = new ShownText();
  const listen = (data: Buffer): void => {
    shown.add(data.toString());
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  void child.then(() => {
    shown.end();
  });
  return Object.assign(child, { says: (text: string | RegExp) => shown.shows(text) });
}

export async function loopstick(args: readonly string[], options: LoopstickOptions): Promise<LoopstickResult> {
  const { exitCode, stdout, stderr } = await startLoopstick(args, options);
  return { exitCode, stdout, stderr, error: errorIn(stderr) };
}

function errorIn(stderr: string): LoopstickResult['error'] {
  const line = stderr.split('\n').find((text) => text.startsWith('{"error":'));
  return line === undefined ? undefined : (JSON.parse(line) as { error: LoopstickResult['error'] }).error;
}

const NOBODY = 65534;

/**
 * The words that start Node as the user nobody. One capability stays: to read the checkout, which may lie below a
 * folder that only root may enter. It gives no right to write, mount or open a device.
 */
function withoutRights(): string[] {
  if (process.getuid?.() !== 0) return [process.execPath];
  const kept = '+dac_read_search';
  return [
    'setpriv',
    ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--no-new-privs'],
    ...[`--inh-caps=-all,${kept}`, `--ambient-caps=-all,${kept}`, `--bounding-set=-all,${kept}`],
    process.execPath,
  ];
}

/** True when there is a file at this path. */
export function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
