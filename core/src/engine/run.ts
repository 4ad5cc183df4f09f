import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, printable } from './errors.ts';

export interface RunOptions {
  readonly signal: AbortSignal;
  readonly cwd?: string;
  /** Added to the environment; the locale is always C, so that output can be parsed. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Exit codes that are an answer and not a failure. Default: only 0. */
  readonly accept?: readonly number[];
}

export interface StreamOptions extends RunOptions {
  /** The program is only good for its output: end it once `consume` is done, and ask no exit code of it. */
  readonly stopWhenConsumed?: boolean;
  /** `consume` writes to the program's standard input, too. Otherwise it has none. */
  readonly typing?: boolean;
}

export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs system programs. Arguments are passed as they are: no shell is involved. */
export interface Runner {
  /** @throws LoopstickError TOOL_MISSING, TOOL_FAILED; the signal's reason when aborted. */
  run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult>;
  /**
   * Hands the program's standard output, as bytes, to `consume` and waits for both. What is written to `stdin` of a
   * program that has ended is lost, and says so nowhere.
   * @throws LoopstickError TOOL_MISSING, TOOL_FAILED; whatever `consume` throws; the signal's reason when aborted.
   */
  stream<T>(
    program: string,
    args: readonly string[],
    options: StreamOptions,
    consume: (stdout: Readable, stdin: Writable | null) => Promise<T>,
  ): Promise<T>;
  /**
   * Runs a program on the terminal of this process.
   * @throws LoopstickError TOOL_MISSING, TOOL_FAILED
   */
  interact(program: string, args: readonly string[], options: RunOptions): Promise<void>;
}

// An ordinary user's PATH often lacks these, and sgdisk, mke2fs and debugfs live there.
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The PATH on which system programs are looked for. */
export function toolPath(path: string | undefined): string {
  const given = (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter);
  return [...given, ...SYSTEM_DIRECTORIES.filter((directory) => !given.includes(directory))].join(delimiter);
}

const OUTPUT_LIMIT = 32 * 1024 * 1024;

/** A runner on execa. It is loaded at the first call, so that commands that run no program do not pay for it. */
export function createRunner(env: Readonly<Record<string, string | undefined>>): Runner {
  const environment = (extra: RunOptions['env']): Record<string, string | undefined> => ({
    ...env,
    PATH: toolPath(env['PATH']),
    LC_ALL: 'C',
    ...extra,
  });
  const check = (program: string, options: RunOptions, result: Outcome): void => {
    options.signal.throwIfAborted();
    // The same code says that the working folder is missing.
    const found = options.cwd === undefined || existsSync(options.cwd);
    if (result.code === 'ENOENT' && found)
      throw failure(ENGINE_ERRORS.toolMissing, { tool: program }, { cause: result.cause });
    const status = result.exitCode ?? result.signal ?? 'none';
    if (typeof status !== 'number' || !(options.accept ?? [0]).includes(status)) {
      const problem = lastLines(result.stderr) || lastLines(result.stdout) || result.problem || 'no output';
      throw failure(ENGINE_ERRORS.toolFailed, { tool: program, status, problem }, { cause: result.cause });
    }
  };

  return {
    async run(program, args, options) {
      const { execa } = await import('execa');
      // execa starts the program first and looks at the signal afterwards.
      options.signal.throwIfAborted();
      const result = await execa(program, args, {
        reject: false,
        extendEnv: false,
        env: environment(options.env),
        stripFinalNewline: false,
        cancelSignal: options.signal,
        maxBuffer: OUTPUT_LIMIT,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      });
      check(program, options, outcome(result));
      return { stdout: text(result.stdout), stderr: text(result.stderr), exitCode: result.exitCode ?? 0 };
    },

    async stream(program, args, options, consume) {
      const { execa } = await import('execa');
      // execa starts the program first and looks at the signal afterwards.
      options.signal.throwIfAborted();
      const child = execa(program, args, {
        reject: false,
        extendEnv: false,
        env: environment(options.env),
        stdin: options.typing === true ? 'pipe' : 'ignore',
        buffer: { stdout: false, stderr: true },
        encoding: 'buffer',
        cancelSignal: options.signal,
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      });
      // Inside an async function, so that a consumer that throws at once is a rejection like any other.
      child.stdin?.on('error', () => undefined);
      const consumed = (async () => consume(child.stdout, child.stdin))();
      // Settles with the consumer, and says whether the program's end no longer matters.
      const unasked = consumed.then(
        () => {
          // Output that ended by itself means that the program did, and then its exit code counts.
          if (options.stopWhenConsumed !== true || child.stdout.readableEnded) return false;
          child.kill();
          return true;
        },
        () => {
          child.kill();
          // Once the output has ended, a consumer's complaint may be about what a failing program left out.
          return !child.stdout.readableEnded;
        },
      );
      const [result, ignoreEnd] = await Promise.all([child, unasked]);
      options.signal.throwIfAborted();
      // A program that could not even start gives its consumer an empty stream; the program's own error says more.
      if (!ignoreEnd || result.code === 'ENOENT') check(program, options, outcome(result));
      return consumed;
    },

    async interact(program, args, options) {
      const { execa } = await import('execa');
      // execa starts the program first and looks at the signal afterwards.
      options.signal.throwIfAborted();
      const result = await execa(program, args, {
        reject: false,
        extendEnv: false,
        env: environment(options.env),
        stdio: 'inherit',
        cancelSignal: options.signal,
      });
      check(program, options, outcome(result));
    },
  };
}

interface Outcome {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly code: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
  readonly problem: string | undefined;
  readonly cause: unknown;
}

function outcome(result: {
  exitCode?: number | undefined;
  signal?: string | undefined;
  code?: string | undefined;
  stdout?: unknown;
  stderr?: unknown;
  shortMessage?: string | undefined;
  cause?: unknown;
}): Outcome {
  return {
    exitCode: result.exitCode,
    signal: result.signal,
    code: result.code,
    stdout: text(result.stdout),
    stderr: text(result.stderr),
    problem: result.shortMessage,
    cause: result.cause,
  };
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : '';
}

function lastLines(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return printable(lines.slice(-3).join('; '), 400);
}
