import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';

import type { RunOptions, Runner, RunResult } from '../engine/run.ts';

/** One target under work: where it is and how programs are run on it. */
export interface Work {
  /** Stands for the image file or block device that is read and written. */
  readonly path: string;
  /** What it is called in messages. */
  readonly label: string;
  /** A folder for what is needed in between. */
  readonly directory: string;
  readonly signal: AbortSignal;
  run(program: string, args: readonly string[], options?: Omit<RunOptions, 'signal'>): Promise<RunResult>;
  stream<T>(program: string, args: readonly string[], consume: (stdout: Readable) => Promise<T>): Promise<T>;
  /** Removes the folder. */
  close(): Promise<void>;
}

/** @param options.time every timestamp that the programs set, so that building twice gives the same bytes */
export async function openWork(
  target: { readonly path: string; readonly label: string },
  options: { readonly runner: Runner; readonly time: Date; readonly signal: AbortSignal },
): Promise<Work> {
  const { runner, time, signal } = options;
  const directory = await mkdtemp(join(plainTemporary(), 'loopstick-'));
  const path = await plainLink(target.path, directory);
  const seconds = String(Math.floor(time.getTime() / 1000));
  // mtools and sgdisk look at the first; mke2fs, debugfs and e2fsck of e2fsprogs at the second.
  const env = {
    // What this machine or user has configured must not show on the stick.
    ...{ MKE2FS_CONFIG: '/dev/null', MTOOLSRC: '/dev/null' },
    SOURCE_DATE_EPOCH: seconds,
    E2FSPROGS_FAKE_TIME: seconds,
    MTOOLS_SKIP_CHECK: '1',
    TZ: 'UTC',
  };
  return {
    path,
    label: target.label,
    directory,
    signal,
    run: (program, args, extra) => runner.run(program, args, { env, signal, ...extra }),
    stream: (program, args, consume) => runner.stream(program, args, { env, signal }, consume),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** The folder for temporary files, unless its own name would be taken for more than a name. */
function plainTemporary(): string {
  return /^[\w./+-]+$/.test(tmpdir()) ? tmpdir() : '/tmp';
}

/**
 * A link with a plain name to a target with any name. The programs give a meaning of their own to parts of a name:
 * mtools to `@@` and, through a shell, to `$` and backquotes; e2fsprogs to `?`; QEMU to a colon; all of them to a hyphen
 * in front.
 */
export async function plainLink(target: string, directory: string): Promise<string> {
  const link = join(directory, 'target');
  await symlink(resolve(target), link);
  return link;
}
