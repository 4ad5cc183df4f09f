import { constants } from 'node:fs';
import { access, lstat, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { renameDurably, renameToFreeName, writeFully } from '../engine/durable.ts';
import { failure, systemCode } from '../engine/errors.ts';
import type { Context } from '../engine/context.ts';
import type { Runner } from '../engine/run.ts';
import { formatBytes } from '../engine/units.ts';
import { requireSameDevice, type Device } from './device.ts';
import { STICK_ERRORS } from './stick-errors.ts';

const MIB = 1024 * 1024;

/** Where a stick is to be made. */
export type StickTarget =
  | {
      readonly kind: 'image';
      readonly path: string;
      /** Bytes; undefined: as large as needed. */
      readonly size: number | undefined;
      /** Replace a file that is there. */
      readonly force: boolean;
    }
  | { readonly kind: 'device'; readonly device: Device };

/** A target that is being written. */
export interface OpenTarget {
  /** The path to write to. */
  readonly path: string;
  /** What it is called in messages. */
  readonly label: string;
  /** Before each step that destroys something: the target is still the one that was chosen. */
  confirm(): Promise<void>;
  /** All is written: brings it onto the medium and forgets it here, so that what is read back comes from there. */
  settle(): Promise<void>;
  /** All is written and checked: puts the result into its place. */
  commit(): Promise<void>;
  /** Gives up; an image file in the making is removed. Does nothing after `commit`. */
  discard(): Promise<void>;
}

/**
 * Everything that can be known before the first download: the output may be written, and nothing is in its place.
 * @throws LoopstickError STICK_OUTPUT_EXISTS, STICK_OUTPUT_NOT_FILE, STICK_OUTPUT_FOLDER
 */
export async function checkTarget(target: StickTarget): Promise<void> {
  if (target.kind === 'device') return;
  try {
    await access(dirname(target.path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(cause) ?? '')) throw cause;
    throw failure(STICK_ERRORS.outputFolder, { target: target.path }, { cause });
  }
  const there = await lstat(target.path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (there === undefined) return;
  if (!there.isFile()) throw failure(STICK_ERRORS.outputNotFile, { target: target.path });
  if (!target.force) throw failure(STICK_ERRORS.outputExists, { target: target.path });
}

/** Even with --force a stick does not take the place of what it is made from. @throws LoopstickError STICK_OUTPUT_IS_INPUT */
export async function checkApart(target: StickTarget, files: readonly string[]): Promise<void> {
  if (target.kind === 'device') return;
  const there = await stat(target.path).catch(() => undefined);
  if (there === undefined) return;
  for (const file of files) {
    const { dev, ino } = await stat(file);
    if (dev === there.dev && ino === there.ino) throw failure(STICK_ERRORS.outputIsInput, { target: target.path });
  }
}

/**
 * The file system of an image file has room for `needed` bytes and 10 % more.
 * @throws LoopstickError STICK_NO_SPACE
 */
export async function checkSpace(target: StickTarget, needed: number): Promise<void> {
  if (target.kind === 'device') return;
  const { bavail, bsize } = await statfs(dirname(target.path));
  const wanted = Math.ceil(needed * 1.1);
  const available = bavail * bsize;
  if (available >= wanted) return;
  const values = { target: target.path, needed: formatBytes(wanted), available: formatBytes(available) };
  throw failure(STICK_ERRORS.noSpace, values);
}

/** Opens the target for writing. An image file comes into being under another name beside its place. */
export async function openTarget(
  target: StickTarget,
  size: number,
  context: Context,
  signal: AbortSignal,
): Promise<OpenTarget> {
  return target.kind === 'image'
    ? openImage(target, size, context, signal)
    : openDevice(target.device, context, signal);
}

async function openImage(
  target: Extract<StickTarget, { kind: 'image' }>,
  size: number,
  context: Context,
  signal: AbortSignal,
): Promise<OpenTarget> {
  const folder = dirname(target.path);
  await removeStaleParts(folder);
  const mark = Buffer.from(context.random(4)).toString('hex');
  const path = join(folder, `.loopstick-${process.pid}-${mark}.part`);
  const file = await open(path, 'wx');
  try {
    await file.truncate(size);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  let committed = false;
  return {
    path,
    label: target.path,
    confirm: () => Promise.resolve(),
    settle: () => settle(path, context.runner, signal),
    async commit() {
      await (target.force ? renameDurably(path, target.path) : putIntoFreePlace(path, target.path));
      committed = true;
    },
    async discard() {
      if (!committed) await rm(path, { force: true });
    },
  };
}

async function openDevice(device: Device, context: Context, signal: AbortSignal): Promise<OpenTarget> {
  const confirm = (): Promise<void> => requireSameDevice(device, context.runner, signal);
  await confirm();
  // What was there before must not outlive it: an ISO's signature at 32 KiB, an old table, and the backup of that table
  // at the very end, from which sgdisk would restore it.
  await zero(device.path, 0, MIB);
  await zero(device.path, device.size - MIB, MIB);
  return {
    path: device.path,
    label: device.path,
    confirm,
    settle: () => settle(device.path, context.runner, signal),
    commit: () => Promise.resolve(),
    discard: () => Promise.resolve(),
  };
}

async function zero(path: string, position: number, length: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await writeFully(file, Buffer.alloc(length), position);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function putIntoFreePlace(path: string, place: string): Promise<void> {
  try {
    await renameToFreeName(path, place);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    throw failure(STICK_ERRORS.outputExists, { target: place }, { cause: error });
  }
}

/** A killed build leaves its image in the making behind; the next one in the same folder removes it. */
async function removeStaleParts(folder: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    const pid = /^\.loopstick-(\d+)-[0-9a-f]{8}\.part$/.exec(entry)?.[1];
    if (pid !== undefined && !isRunning(Number(pid))) await rm(join(folder, entry), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

/**
 * Syncs, then drops the file from the page cache: reading back must not be answered from memory. GNU dd does the
 * second with posix_fadvise(POSIX_FADV_DONTNEED), which asks for no rights beyond reading.
 */
async function settle(path: string, runner: Runner, signal: AbortSignal): Promise<void> {
  await syncFile(path);
  await runner.run('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'], { signal });
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
