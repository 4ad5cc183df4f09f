import { CLI_ERRORS } from './cli-errors.ts';
import { EXIT_CODES } from './exit-codes.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs the command and ends the process with its exit code. It never throws; anything unexpected is an internal error,
 * with its stack when LOOPSTICK_DEBUG is set.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  let signalled: number | undefined;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      // The first signal lets everything clean up; whoever sends a second does not want to wait.
      if (signalled !== undefined) process.exit(code);
      signalled = code;
      interrupt.abort(new Error('stopped by a signal'));
    });
  }
  // Whoever reads our output may have read enough, as in `loopstick … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : EXIT_CODES.system);
  });

  const status = await Promise.race([run(argv, interrupt.signal, () => signalled), unfinished(argv)]);
  // A plugin may have left a timer or a socket behind; it must not keep the program from ending.
  await Promise.all([flush(process.stdout), flush(process.stderr)]);
  process.exit(status);
}

async function run(argv: readonly string[], signal: AbortSignal, signalled: () => number | undefined): Promise<number> {
  try {
    const { createProgram } = await import('./program.ts');
    const { program, exitStatus } = createProgram(signal, argv.includes('--json'));
    await program.parseAsync([...argv]);
    return exitStatus();
  } catch (error) {
    if (isAnswered(error)) return 0;
    const code = signalled();
    // Once a signal came, whatever failed did so because of it: Ctrl-C reaches the programs that we run as well.
    if (code === undefined) return report(error, argv);
    await report(await interrupted(), argv);
    return code;
  }
}

/** Settles when Node runs out of work: a promise that never settles would otherwise end the program with 0. */
async function unfinished(argv: readonly string[]): Promise<number> {
  await new Promise((resolve) => process.once('beforeExit', resolve));
  const { failure } = await import('@loopstick/core');
  return report(failure(CLI_ERRORS.unfinished, {}), argv);
}

/** True when commander has printed what was asked for: help or the version. */
function isAnswered(error: unknown): boolean {
  return error instanceof Error && error.name === 'CommanderError' && 'exitCode' in error && error.exitCode === 0;
}

async function interrupted(): Promise<Error> {
  const { ENGINE_ERRORS, failure } = await import('@loopstick/core');
  return failure(ENGINE_ERRORS.interrupted, {});
}

/** Prints an error as one line with its hint, or as JSON, and returns the exit code. */
async function report(error: unknown, argv: readonly string[]): Promise<number> {
  if (error instanceof Error && error.name === 'CommanderError' && !argv.includes('--json')) return EXIT_CODES.usage;
  const { reportError } = await import('./output/report.ts');
  return reportError(error, { json: argv.includes('--json'), color: !argv.includes('--no-color') });
}

function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write('', () => {
      resolve();
    });
  });
}
