import { execa } from 'execa';

/** Everything a maker needs from outside; nothing here is kept at module level. */
export interface Shop {
  readonly cacheDir: string;
  readonly run: Run;
  readonly log: (line: string) => void;
  /** Answers of apt that several makers ask for, within one call of `makeTestInputs`. */
  readonly answers: Map<string, Promise<Readonly<Record<string, string>>>>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and gives its standard output; a failure names the program and its last words. */
export type Run = (file: string, args: readonly string[], options?: RunOptions) => Promise<string>;

/** One date for everything that goes into an image: 2025-01-01T00:00:00Z, in seconds. */
export const SOURCE_DATE_EPOCH = 1_735_689_600;

export function createRun(signal: AbortSignal | undefined): Run {
  return async (file, args, options = {}) => {
    const result = await execa(file, [...args], {
      reject: false,
      stdin: 'ignore',
      env: {
        LC_ALL: 'C',
        // mke2fs and depmod live in sbin, which is not on the path of an ordinary user on Debian.
        PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin`,
        SOURCE_DATE_EPOCH: String(SOURCE_DATE_EPOCH),
        E2FSPROGS_FAKE_TIME: String(SOURCE_DATE_EPOCH),
        ...options.env,
      },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(signal === undefined ? {} : { cancelSignal: signal }),
    });
    signal?.throwIfAborted();
    if (result.failed) {
      const words = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-12).join('\n');
      throw new Error(`${file} failed (${result.shortMessage}):\n${words}`);
    }
    return result.stdout;
  };
}
