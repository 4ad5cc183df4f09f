import type { Engine } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { watchProcess, type ProcessWatch } from './process-watch.ts';
import { spareMemory } from './spare-memory.ts';

/**
 * Runs the command and ends the process with its exit code. Anything unexpected is an internal error, with its stack
 * when LOOPSTICK_DEBUG is set.
 */
export async function main(argv: readonly string[]): Promise<never> {
  // Before anything is loaded, which makes the heap grow.
  spareMemory();
  const report = reporter(argv);
  const watch = watchProcess(report, argv.includes('--json'));
  let engine: Engine | undefined;
  const work = run(argv, watch, report, (opened) => {
    engine = opened;
  });
  // A plugin may leave a timer or a socket behind: that the command is done is enough to end.
  return watch.end(await Promise.race([work, unfinished(report, () => engine?.unfinishedCalls ?? [])]));
}

type Report = (error: unknown) => Promise<number>;

async function run(
  argv: readonly string[],
  watch: ProcessWatch,
  report: Report,
  onEngine: (engine: Engine) => void,
): Promise<number> {
  try {
    const { createProgram } = await import('./program.ts');
    const { program, exitStatus } = createProgram(watch.signal, onEngine, watch.interrupts);
    await program.parseAsync([...argv]);
    return exitStatus();
  } catch (error) {
    const answered = answeredBy(error);
    if (answered !== undefined) return answered;
    if (watch.signalled === undefined) return report(error);
    // Once a signal came, whatever failed did so because of it: Ctrl-C reaches the programs that we run as well.
    const { ENGINE_ERRORS, failure, isLoopstickError } = await import('@loopstick/core');
    const says = isLoopstickError(error) && error.category === 'interrupted';
    await report(says ? error : failure(ENGINE_ERRORS.interrupted, {}));
    return watch.signalled;
  }
}

/** The exit code when commander has printed something in answer: help, the version, the help in place of a command. */
function answeredBy(error: unknown): number | undefined {
  if (!(error instanceof Error) || error.name !== 'CommanderError' || !('exitCode' in error)) return undefined;
  if (error.exitCode === 0) return 0;
  return 'code' in error && error.code === 'commander.help' ? EXIT_CODES.usage : undefined;
}

/** Settles when Node runs out of work: a promise that never settles would otherwise end the program with 0. */
async function unfinished(report: Report, calls: () => Engine['unfinishedCalls']): Promise<number> {
  await new Promise((resolve) => process.once('beforeExit', resolve));
  const { failure } = await import('@loopstick/core');
  const waiting = calls().map(({ pluginId, place }) => `${pluginId} in ${place}`);
  return report(failure(CLI_ERRORS.unfinished, { calls: waiting.join(', ') || 'something of its own' }));
}

/** Prints an error as one line with its hint, or as JSON, and returns the exit code. */
function reporter(argv: readonly string[]): Report {
  return async (error) => {
    const { reportError } = await import('./output/report.ts');
    return reportError(error, { json: argv.includes('--json'), color: !argv.includes('--no-color') });
  };
}
