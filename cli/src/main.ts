import { CLI_ERRORS } from './cli-errors.ts';
import { EXIT_CODES } from './exit-codes.ts';

/**
 * Runs the command and sets the process's exit code. It never throws; anything unexpected is an internal error, with
 * its stack when LOOPSTICK_DEBUG is set.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  let exitCode: number | undefined;
  const stopOn = (name: 'SIGINT' | 'SIGTERM' | 'SIGHUP', code: number): void => {
    process.on(name, () => {
      // The first signal lets everything clean up; whoever sends a second does not want to wait.
      if (exitCode !== undefined) process.exit(code);
      exitCode = code;
      void interrupted().then((reason) => {
        interrupt.abort(reason);
      });
    });
  };
  let finished = false;
  stopOn('SIGINT', 130);
  stopOn('SIGTERM', 143);
  stopOn('SIGHUP', 129);
  // A promise that never settles would otherwise end the program with 0 and without a word.
  process.on('beforeExit', () => {
    if (finished) return;
    finished = true;
    void import('@loopstick/core').then(async ({ failure }) => {
      await report(failure(CLI_ERRORS.unfinished, { calls: '' }), argv);
      process.exitCode = EXIT_CODES.internal;
    });
  });

  try {
    const { createProgram } = await import('./program.ts');
    const { program, exitStatus } = createProgram(interrupt.signal);
    await program.parseAsync([...argv]);
    process.exitCode = exitStatus();
  } catch (error) {
    const code = commanderStatus(error) ?? (await report(error, argv));
    process.exitCode = exitCode ?? code;
  } finally {
    finished = true;
  }
}

/** The exit code for what commander has already answered: help, the version, or its own line about wrong usage. */
function commanderStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || error.name !== 'CommanderError' || !('exitCode' in error)) return undefined;
  return error.exitCode === 0 ? 0 : EXIT_CODES.usage;
}

async function interrupted(): Promise<Error> {
  const { ENGINE_ERRORS, failure } = await import('@loopstick/core');
  return failure(ENGINE_ERRORS.interrupted, {});
}

/** Prints an error as one line with its hint, or as JSON, and returns the exit code. */
async function report(error: unknown, argv: readonly string[]): Promise<number> {
  const { reportError } = await import('./output/report.ts');
  return reportError(error, { json: argv.includes('--json'), color: !argv.includes('--no-color') });
}
