import type { RunOptions, Runner, RunResult } from '../engine/run.ts';
import type { Readable } from 'node:stream';

/** One target under work: where it is and how programs are run on it. */
export interface Work {
  /** The image file or block device that is read and written. */
  readonly path: string;
  /** What it is called in messages. */
  readonly label: string;
  readonly signal: AbortSignal;
  run(program: string, args: readonly string[], options?: Omit<RunOptions, 'signal'>): Promise<RunResult>;
  stream<T>(program: string, args: readonly string[], consume: (stdout: Readable) => Promise<T>): Promise<T>;
}

/** Timestamps are set from `time`, so that building twice gives the same bytes. */
export function createWork(
  target: { path: string; label: string },
  runner: Runner,
  time: Date,
  signal: AbortSignal,
): Work {
  const seconds = String(Math.floor(time.getTime() / 1000));
  // mtools and sgdisk look at the first; mke2fs, debugfs and e2fsck of e2fsprogs at the second.
  const env = { SOURCE_DATE_EPOCH: seconds, E2FSPROGS_FAKE_TIME: seconds, MTOOLS_SKIP_CHECK: '1', TZ: 'UTC' };
  return {
    ...target,
    signal,
    run: (program, args, options) => runner.run(program, args, { env, signal, ...options }),
    stream: (program, args, consume) => runner.stream(program, args, { env, signal }, consume),
  };
}
