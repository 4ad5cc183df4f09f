import { resolve } from 'node:path';

import {
  buildStick,
  checkTarget,
  createLock,
  failure,
  findTools,
  formatBytes,
  printable,
  readLock,
  requireDevice,
  describeDevice,
  STICK_ERRORS,
  stickSizeFor,
  whileReading,
  writeLock,
  type Engine,
  type EvidenceLevel,
  type StickLock,
  type StickTarget,
} from '@loopstick/core';

import { sizeOf } from '../amount-options.ts';
import { CLI_ERRORS, NO_NAME } from '../cli-errors.ts';
import { mirrorSettings, requireNamed, type MirrorOptions } from '../mirror-options.ts';
import { showProgress } from '../output/progress.ts';
import { ask } from '../prompt.ts';
import type { Session } from '../session.ts';
import { fetchWishes, requireAccepted, requireTool, resolveWishes, type Wish } from '../wishes.ts';
import { printStick } from './stick.ts';

const COMMAND = 'loopstick build';

interface BuildOptions extends MirrorOptions {
  readonly output?: string;
  readonly device?: string;
  readonly deviceSerial?: string;
  readonly size?: string;
  readonly title?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly lock?: string;
  readonly accept?: EvidenceLevel;
  readonly bootloader?: string;
}

/** Everything that can be refused is refused before the first download; everything else before the first write. */
export async function build(session: Session, words: readonly string[], options: BuildOptions): Promise<void> {
  const { terminal, signal } = session;
  if ((options.output === undefined) === (options.device === undefined)) throw failure(CLI_ERRORS.noTarget, {});
  if (options.output === '') throw failure(CLI_ERRORS.usage, { problem: NO_NAME, command: COMMAND });
  const size = stickSizeOf(options);
  const title = titleOf(options);
  const engine = await session.engine(({ mirrors, ...others }) => ({
    ...others,
    mirrors: mirrorSettings(options, mirrors, COMMAND),
  }));
  await requireNamed(engine, options);
  const stop = showProgress(engine.events, terminal);
  try {
    const known = options.lock === undefined ? undefined : await readLock(options.lock);
    if (known !== undefined) requireSameWish(known, words, options, size);
    const bootloader = options.bootloader ?? known?.bootloader ?? engine.settings.stick.bootloader;
    await requireTools(engine, bootloader, options.device !== undefined);
    const target = await targetOf(engine, options, size ?? known?.size, signal);
    await checkTarget(target);
    const wishes = await resolveWishes(engine, words, known, signal);
    requireRoom(target, wishes);
    await requireAccepted(session, engine, wishes, options);
    if (target.kind === 'device') await requireConfirmed(session, target, options);

    const digests = wishes.flatMap(({ kind, locked }) => (kind === 'local' ? [] : [locked.sha256]));
    const manifest = await whileReading(engine, digests, { signal }, async () => {
      const images = await fetchWishes(session, engine, wishes);
      const wanted = { title, size, bootloader, images: wishes.map(({ locked }) => locked) };
      const lock = known ?? createLock(engine.context, wanted);
      if (options.lock !== undefined && known === undefined) await writeLock(options.lock, lock, engine.context);
      const spec = { title: lock.title, images, seed: lock.seed, createdAt: new Date(lock.createdAt), bootloader };
      return buildStick(engine, spec, target, signal);
    });
    stop();
    terminal.document(manifest);
    printStick(terminal, manifest);
    const place = target.kind === 'image' ? target.path : target.device.path;
    terminal.note(`Done: everything on ${place} was read back and is right.`);
    if (target.kind === 'image') terminal.note(`Try it: loopstick boot ${options.output ?? ''}`);
  } finally {
    stop();
  }
}

/** @throws LoopstickError CLI_BAD_SIZE */
function stickSizeOf({ size }: BuildOptions): number | undefined {
  const bytes = sizeOf(size);
  if (bytes === 0) throw failure(CLI_ERRORS.badSize, { value: size ?? '', option: '--size' });
  return bytes;
}

/** @throws LoopstickError CLI_USAGE */
function titleOf({ title = 'Loopstick' }: BuildOptions): string {
  if (title.trim() !== '' && title.length <= 120 && printable(title) === title) return title;
  const problem = 'the title must be one line of at most 120 printable characters';
  throw failure(CLI_ERRORS.usage, { problem, command: COMMAND });
}

/** A lock is one stick: with other images, title, size or bootloader it would give two sticks one identity. */
function requireSameWish(
  lock: StickLock,
  words: readonly string[],
  { title, bootloader }: BuildOptions,
  size: number | undefined,
): void {
  const locked = lock.images.map(({ reference }) => reference);
  const differs = (what: string, actual: string, wanted: string): Error =>
    failure(STICK_ERRORS.lockDiffers, { what, actual, wanted });
  if (words.join('\n') !== locked.join('\n')) {
    throw differs('The list of images', `"${words.join(' ')}"`, `"${locked.join(' ')}"`);
  }
  if (title !== undefined && title !== lock.title) throw differs('The title', `"${title}"`, `"${lock.title}"`);
  if (bootloader !== undefined && bootloader !== (lock.bootloader ?? bootloader)) {
    throw differs('The bootloader', `"${bootloader}"`, `"${lock.bootloader ?? ''}"`);
  }
  if (size !== undefined && size !== lock.size) {
    throw differs(
      'The size',
      formatBytes(size),
      lock.size === undefined ? 'as large as needed' : formatBytes(lock.size),
    );
  }
}

/** @throws LoopstickError TOOL_MISSING, PLUGIN_NOT_FOUND */
async function requireTools(engine: Engine, bootloader: string, forDevice: boolean): Promise<void> {
  for (const { tool, path } of await findTools(engine, bootloader)) {
    if (tool.neededFor === 'build' && (tool.name !== 'lsblk' || forDevice)) requireTool(path, tool.name);
  }
}

async function targetOf(
  engine: Engine,
  { output, device, force }: BuildOptions,
  size: number | undefined,
  signal: AbortSignal,
): Promise<StickTarget> {
  if (device !== undefined)
    return { kind: 'device', device: await requireDevice(device, engine.context.runner, signal) };
  return { kind: 'image', path: resolve(output ?? ''), size, force: force === true };
}

/** With the sizes that are known already, so that a stick that is too small is refused before anything is fetched. */
function requireRoom(target: StickTarget, wishes: readonly Wish[]): void {
  const needed = stickSizeFor(wishes.map(({ locked }) => locked.size ?? 0));
  const available = target.kind === 'image' ? target.size : target.device.size;
  if (available === undefined || available >= needed) return;
  const place = target.kind === 'image' ? target.path : target.device.path;
  const values = { target: place, needed: formatBytes(needed), available: formatBytes(available) };
  throw failure(STICK_ERRORS.tooSmall, values);
}

/** The name of the device has to be typed, or, in a script, its serial number given. */
async function requireConfirmed(
  { terminal, signal }: Session,
  { device }: Extract<StickTarget, { kind: 'device' }>,
  { yes, deviceSerial }: BuildOptions,
): Promise<void> {
  const description = describeDevice(device);
  const unconfirmed = failure(STICK_ERRORS.deviceUnconfirmed, { device: device.path, description });
  if (deviceSerial !== undefined && deviceSerial !== device.serial) {
    const actual = device.serial || 'none';
    throw failure(STICK_ERRORS.deviceSerial, { device: device.path, actual, wanted: deviceSerial });
  }
  if (yes === true) {
    // A device without a serial number cannot be confirmed by one.
    if (deviceSerial === undefined || deviceSerial === '') throw unconfirmed;
    return;
  }
  if (!terminal.interactive) throw unconfirmed;
  terminal.error(`Everything on ${device.path} will be erased: ${description}`, 'red');
  if ((await ask(`Type ${device.path} to go on: `, signal)) !== device.path) throw unconfirmed;
}
