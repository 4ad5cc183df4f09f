import { writeSync } from 'node:fs';

import { EXIT_CODES } from './exit-codes.ts';

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
/** npm and npx pass on what the terminal has sent to us as well: within this time it is the same key. */
const SAME_PRESS_MS = 500;

/** The end of this process, whoever brings it about. */
export interface ProcessWatch {
  /** Aborted by the first signal that asks the process to end. */
  readonly signal: AbortSignal;
  /** The exit code that belongs to that signal. */
  readonly signalled: number | undefined;
  readonly interrupts: Interrupts;
  /** Ends the process, with all output written. */
  end(code: number): Promise<never>;
}

/** Ctrl-C, for work that can do something better than to end. */
export interface Interrupts {
  /** From now on every Ctrl-C goes to this listener and to nobody else. Returns what takes it away again. */
  listen(listener: () => void): () => void;
  /** From now on Ctrl-C ends the process at once. */
  last(): void;
  /** Ends the work, as Ctrl-C does when nobody listens. */
  stop(): void;
}

/** Nobody presses Ctrl-C: for programs and tests without a process of their own. */
export const NO_INTERRUPTS: Interrupts = {
  listen: () => () => undefined,
  last: () => undefined,
  stop: () => undefined,
};

/**
 * @param report prints an error and resolves to its exit code
 * @param json whether standard error carries JSON
 */
export function watchProcess(report: (error: unknown) => Promise<number>, json: boolean): ProcessWatch {
  const interrupt = new AbortController();
  let signalled: number | undefined;
  let listener: (() => void) | undefined;
  let pressed = -Infinity;
  let ending = false;
  const exit = (code: number): never => {
    ending = true;
    process.exit(code);
  };
  const end = async (code: number): Promise<never> => {
    const [problem] = await Promise.all([flush(process.stdout), flush(process.stderr)]);
    return exit(problem === undefined || isClosedPipe(problem) ? code : await report(problem));
  };
  const stop = (code: number): void => {
    signalled ??= code;
    interrupt.abort(new Error('stopped by a signal'));
  };

  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (name === 'SIGINT') {
        const now = performance.now();
        if (now - pressed < SAME_PRESS_MS) return;
        pressed = now;
        if (listener !== undefined) {
          listener();
          return;
        }
      }
      // The first signal lets everything clean up; whoever sends a second does not want to wait.
      if (signalled !== undefined) exit(code);
      stop(code);
    });
  }
  if (json) {
    // What Node itself has to say would not be JSON.
    process.removeAllListeners('warning');
    process.on('warning', ({ name, message }) => {
      process.stderr.write(`${JSON.stringify({ event: 'warning', code: name, message, hint: '' })}\n`);
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
    const message = 'The program was ended from within before it was done, probably by a plugin.';
    const exitCode = EXIT_CODES.plugin;
    const error = { code: 'CLI_ENDED_FROM_WITHIN', message, hint: '', exitCode };
    writeSync(2, json ? `${JSON.stringify({ error })}\n` : `error: ${message}\n`);
    process.exitCode = exitCode;
  });

  return {
    signal: interrupt.signal,
    get signalled() {
      return signalled;
    },
    interrupts: {
      listen(own) {
        listener = own;
        return () => {
          if (listener === own) listener = undefined;
        };
      },
      last() {
        listener = () => exit(SIGNALS.SIGINT);
      },
      stop: () => {
        stop(SIGNALS.SIGINT);
      },
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
