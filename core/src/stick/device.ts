import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { z } from 'zod';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, printable, systemCode, type LoopstickError } from '../engine/errors.ts';
import { describeIssues } from '../engine/issues.ts';
import type { Runner } from '../engine/run.ts';
import { formatBytes } from '../engine/units.ts';
import { minimumSize, SECTOR } from './layout.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** One whole disk of this machine. */
export interface Device {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly model: string;
  readonly serial: string;
  /** `usb`, `mmc`, `nvme`, `sata`, … or empty when the kernel does not say. */
  readonly bus: string;
  readonly removable: boolean;
  readonly readOnly: boolean;
  readonly logicalSector: number;
  readonly type: string;
  /** What uses it or a part of it: mount points, swap, volumes stacked on it. Empty when nothing does. */
  readonly uses: readonly string[];
}

interface BlockNode {
  path: string;
  type: string;
  size: number;
  rm: boolean;
  ro: boolean;
  tran?: string | null | undefined;
  subsystems?: string | null | undefined;
  model?: string | null | undefined;
  vendor?: string | null | undefined;
  serial?: string | null | undefined;
  'log-sec': number;
  mountpoints?: (string | null)[] | undefined;
  mountpoint?: string | null | undefined;
  children?: BlockNode[] | undefined;
}

const text = z.string().nullish();
// lsblk of util-linux before 2.33 writes numbers and truth values as strings.
const truth = z.union([z.boolean(), z.enum(['0', '1']).transform((value) => value === '1')]);
const nodeSchema: z.ZodType<BlockNode, unknown> = z.looseObject({
  path: z.string(),
  type: z.string(),
  size: z.coerce.number(),
  rm: truth,
  ro: truth,
  tran: text,
  subsystems: text,
  model: text,
  vendor: text,
  serial: text,
  'log-sec': z.coerce.number(),
  mountpoints: z.array(z.string().nullable()).optional(),
  mountpoint: text,
  get children() {
    return z.array(nodeSchema).optional();
  },
});
const listSchema = z.looseObject({ blockdevices: z.array(nodeSchema) });

const COLUMNS = 'PATH,TYPE,SIZE,RM,RO,TRAN,SUBSYSTEMS,MODEL,VENDOR,SERIAL,LOG-SEC,MOUNTPOINT';

/**
 * The whole disks of this machine. A list that cannot be had is an error, never an empty list.
 * @throws LoopstickError TOOL_MISSING, TOOL_FAILED
 */
export async function listDevices(runner: Runner, signal: AbortSignal): Promise<Device[]> {
  const { stdout } = await runner.run('lsblk', ['--json', '--bytes', '--output', COLUMNS], { signal });
  return parseDevices(stdout);
}

/**
 * @param json what `lsblk --json` prints
 * @throws LoopstickError TOOL_FAILED
 */
export function parseDevices(json: string): Device[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (cause) {
    throw failure(ENGINE_ERRORS.toolFailed, { tool: 'lsblk', status: 0, problem: 'its output is not JSON' }, { cause });
  }
  const list = listSchema.safeParse(parsed);
  if (!list.success) {
    const problem = `its output is not a list of disks: ${describeIssues(list.error)}`;
    throw failure(ENGINE_ERRORS.toolFailed, { tool: 'lsblk', status: 0, problem }, { cause: list.error });
  }
  return list.data.blockdevices.map((node) => ({
    path: node.path,
    size: node.size,
    model:
      printable(
        [node.vendor, node.model]
          .map((part) => part?.trim() ?? '')
          .join(' ')
          .trim(),
      ) || 'unknown',
    serial: printable(node.serial?.trim() ?? ''),
    bus: busOf(node),
    removable: node.rm,
    readOnly: node.ro,
    logicalSector: node['log-sec'],
    type: node.type,
    uses: usesOf(node),
  }));
}

/** Disks on which a stick can be made at all: removable ones and those on the USB or MMC bus. */
export function isCandidate(device: Device): boolean {
  return device.type === 'disk' && (device.removable || device.bus === 'usb' || device.bus === 'mmc');
}

/**
 * The first reason why no stick can be made on this device; undefined when none is known. It is a LoopstickError
 * DEVICE_NOT_A_DISK, DEVICE_NOT_REMOVABLE, DEVICE_IN_USE, DEVICE_READ_ONLY, DEVICE_SECTOR_SIZE or STICK_TOO_SMALL.
 */
export function obstacleOf(device: Device): LoopstickError | undefined {
  const { path, type, uses, readOnly, logicalSector, size } = device;
  if (type !== 'disk') return failure(STICK_ERRORS.deviceNotDisk, { device: path, type });
  if (!isCandidate(device)) return failure(STICK_ERRORS.deviceNotRemovable, { device: path });
  if (uses.length > 0) return failure(STICK_ERRORS.deviceInUse, { device: path, use: uses.join(', ') });
  if (readOnly) return failure(STICK_ERRORS.deviceReadOnly, { device: path });
  if (logicalSector !== SECTOR) return failure(STICK_ERRORS.deviceSectors, { device: path, size: logicalSector });
  // A card reader without a card is a disk of no bytes.
  if (size === 0) return failure(STICK_ERRORS.deviceEmpty, { device: path });
  const needed = minimumSize([]);
  if (size >= needed) return undefined;
  const values = { target: path, needed: formatBytes(needed), available: formatBytes(size) };
  return failure(STICK_ERRORS.tooSmall, values);
}

/**
 * The device at `path`, if a stick may be made on it.
 * @throws LoopstickError DEVICE_NOT_FOUND, those of obstacleOf, TOOL_MISSING, TOOL_FAILED; the signal's reason
 */
export async function requireDevice(path: string, runner: Runner, signal: AbortSignal): Promise<Device> {
  const options = { signal, accept: [0, 1, 32, 64] };
  const { stdout } = await runner.run('lsblk', ['--json', '--bytes', '--output', COLUMNS, '--', path], options);
  const device = stdout.trim() === '' ? undefined : parseDevices(stdout)[0];
  if (device === undefined) throw failure(STICK_ERRORS.deviceUnknown, { device: path });
  const obstacle = obstacleOf(device);
  if (obstacle !== undefined) throw obstacle;
  await requireFree(path);
  return device;
}

/** Checks once more, right before something is destroyed. @throws LoopstickError DEVICE_CHANGED and those above */
export async function requireSameDevice(chosen: Device, runner: Runner, signal: AbortSignal): Promise<void> {
  const now = await requireDevice(chosen.path, runner, signal);
  if (now.serial !== chosen.serial || now.size !== chosen.size || now.model !== chosen.model) {
    throw failure(STICK_ERRORS.deviceChanged, { device: chosen.path });
  }
}

/** One line that tells a disk from others. */
export function describeDevice(device: Device): string {
  const serial = device.serial === '' ? 'no serial number' : `serial ${device.serial}`;
  return `${device.model}, ${formatBytes(device.size)}, ${device.bus || 'unknown bus'}, ${serial}`;
}

/** On Linux an exclusive open of a block device fails while the kernel uses it in any way (open(2), O_EXCL). */
async function requireFree(path: string): Promise<void> {
  try {
    const file = await open(path, constants.O_RDWR | constants.O_EXCL);
    await file.close();
  } catch (error) {
    if (systemCode(error) !== 'EBUSY') throw error;
    throw failure(STICK_ERRORS.deviceInUse, { device: path, use: 'the system holds it open' }, { cause: error });
  }
}

function busOf(node: BlockNode): string {
  if (node.tran) return node.tran;
  return node.subsystems?.split(':').includes('mmc') === true ? 'mmc' : '';
}

function usesOf(node: BlockNode): string[] {
  const mounts = [node.mountpoint, ...(node.mountpoints ?? [])].filter((mount) => mount != null && mount !== '');
  const own = [...new Set(mounts)].map((mount) =>
    mount === '[SWAP]' ? 'swap' : `mounted at ${printable(String(mount))}`,
  );
  const stacked = (node.children ?? []).flatMap((child) => [
    ...(child.type === 'part' ? [] : [`${child.type} volume ${printable(child.path)}`]),
    ...usesOf(child),
  ]);
  return [...own, ...stacked];
}
