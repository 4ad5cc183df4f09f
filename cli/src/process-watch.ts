import { writeSync } from 'node:fs';

import { EXIT_CODES } from './exit-codes.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The end of this process, whoever brings it about. */
export interface ProcessWatch {
  /** Aborted by the first signal that asks the process to end. */
  readonly signal: AbortSignal;
  /** The exit code that belongs to that signal. */
  readonly signalled: number | undefined;
  /** Ends the process, with all output written. */
  end(code: number): Promise<never>;
}

/** @param report prints an error and resolves to its exit code */
export function watchProcess(report: (error: unknown) => Promise<number>): ProcessWatch {
  const interrupt = new AbortController();
  let signalled: number | undefined;
  let ending = false;
  const exit = (code: number): never => {
    ending = true;
    process.exit(code);
  };
  const end = async (code: number): Promise<never> => {
    const [problem] = await Promise.all([flush(process.stdout), flush(process.stderr)]);
    return exit(problem === undefined || isClosedPipe(problem) ? code : await report(problem));
  };

  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      // The first signal lets everything clean up; whoever sends a second does not want to wait.
      if (signalled !== undefined) exit(code);
      signalled = code;
      interrupt.abort(new Error('stopped by a signal'));
    });
  }
  // Whoever reads our output may have read enough, as in `loopstick … | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isClosedPipe(error)) exit(0);
    // What else went wrong comes to light when the output is flushed.
  });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => void report(error).then(end));
  }
  process.on('exit', () => {
    if (ending) return;
    // Not from here: a plugin has ended the process, and whoever asked must not take that for success.
    writeSync(2, 'error: The program was ended from within before it was done, probably by a plugin.\n');
    process.exitCode = EXIT_CODES.plugin;
  });

  return {
    signal: interrupt.signal,
    get signalled() {
      return signalled;
    },
    end,
  };
}

function isClosedPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE';
}

/** Waits for what was written; resolves to why that failed, if it did. */
function flush(stream: NodeJS.WriteStream): Promise<Error | undefined> {
  return new Promise((resolve) => {
    stream.write('', (error) => {
      resolve(error ?? undefined);
    });
  });
}
