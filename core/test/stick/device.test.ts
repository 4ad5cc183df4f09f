import { describe, expect, it } from 'vitest';

import { isLoopstickError } from '../../src/engine/errors.ts';
import type { Runner } from '../../src/engine/run.ts';
import {
  isCandidate,
  obstacleOf,
  parseDevices,
  requireDevice,
  requireSameDevice,
  type Device,
} from '../../src/stick/device.ts';

// Shapes as printed by lsblk of util-linux 2.38 (and 2.33 for numbers as strings).
const disk = (overrides: object = {}): object => ({
  path: '/dev/null',
  type: 'disk',
  size: 16_008_609_792,
  rm: true,
  ro: false,
  tran: 'usb',
  subsystems: 'block:scsi:usb:pci',
  model: 'Ultra',
  vendor: 'SanDisk ',
  serial: '4C530001',
  'log-sec': 512,
  mountpoint: null,
  ...overrides,
});
const json = (...nodes: object[]): string => JSON.stringify({ blockdevices: nodes });
const first = (node: object): Device => {
  const [device] = parseDevices(json(node));
  if (device === undefined) throw new Error('no device');
  return device;
};
/** The one thing that cannot be had in a test is a USB stick, so lsblk's answer is given. */
const answering = (...answers: string[]): Runner =>
  ({
    run: () => Promise.resolve({ stdout: answers.shift() ?? '', stderr: '', exitCode: 0 }),
  }) as unknown as Runner;
const signal = new AbortController().signal;
const refusal = async (node: object): Promise<string> => {
  const error: unknown = await requireDevice('/dev/null', answering(json(node)), signal).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return isLoopstickError(error) ? error.code : String(error);
};

describe('parseDevices', () => {
  it('reads what lsblk prints, also in its older form', () => {
    expect(first(disk())).toMatchObject({
      bus: 'usb',
      removable: true,
      uses: [],
      model: 'SanDisk Ultra',
      serial: '4C530001',
    });
    expect(first(disk({ rm: '0', ro: '1', size: '42', 'log-sec': '4096' }))).toMatchObject({
      removable: false,
      readOnly: true,
      size: 42,
      logicalSector: 4096,
    });
  });

  it('knows the MMC bus, which lsblk does not name as a transport', () => {
    expect(first(disk({ tran: null, rm: false, subsystems: 'block:mmc:mmc_host:pci' })).bus).toBe('mmc');
  });

  it('finds uses at any depth: mounts, swap, and volumes stacked on a partition', () => {
    const uses = first(
      disk({
        children: [
          { ...disk({ path: '/dev/sda1', type: 'part', mountpoint: '/boot' }) },
          {
            ...disk({ path: '/dev/sda2', type: 'part' }),
            children: [
              {
                ...disk({ path: '/dev/mapper/luks', type: 'crypt' }),
                children: [disk({ path: '/dev/mapper/root', type: 'lvm', mountpoint: '[SWAP]' })],
              },
            ],
          },
        ],
      }),
    ).uses;
    expect(uses).toEqual(['mounted at /boot', 'crypt volume /dev/mapper/luks', 'lvm volume /dev/mapper/root', 'swap']);
  });

  it('makes a hostile model harmless', () => {
    expect(first(disk({ vendor: null, model: '\u001b[2J\u202egpj' })).model).not.toMatch(/[\u001b\u202e]/);
  });
});

describe('what lsblk does not print', () => {
  it.each([
    ['no JSON', 'lsblk: error'],
    ['no list', '{}'],
    ['a list of something else', '{"blockdevices":[{"name":"sda"}]}'],
    ['a size that is none', json(disk({ size: 'large' }))],
    ['children of another shape', json(disk({ children: [{}] }))],
  ])('%s is a failure of lsblk', (_, output) => {
    expect(() => parseDevices(output)).toThrow(expect.objectContaining({ code: 'TOOL_FAILED' }));
  });
});

describe('obstacleOf', () => {
  it('finds none on a stick', () => {
    expect(obstacleOf(first(disk()))).toBeUndefined();
  });

  it('gives the first reason of several', () => {
    const worst = { size: 0, 'log-sec': 4096, ro: true, mountpoint: '/mnt', rm: false, tran: 'sata', type: 'loop' };
    const codes: unknown[] = [];
    for (const better of [{ type: 'disk' }, { rm: true }, { mountpoint: null }, { ro: false }, { 'log-sec': 512 }]) {
      codes.push(obstacleOf(first(disk(worst)))?.code);
      Object.assign(worst, better);
    }
    codes.push(obstacleOf(first(disk(worst)))?.code);
    expect(codes).toEqual([
      'DEVICE_NOT_A_DISK',
      'DEVICE_NOT_REMOVABLE',
      'DEVICE_IN_USE',
      'DEVICE_READ_ONLY',
      'DEVICE_SECTOR_SIZE',
      'DEVICE_NO_MEDIUM',
    ]);
  });
});

describe('requireDevice', () => {
  it('refuses disks that are not removable and not on the USB or MMC bus', async () => {
    expect(await refusal(disk({ rm: false, tran: 'nvme' }))).toBe('DEVICE_NOT_REMOVABLE');
    expect(await refusal(disk({ rm: false, tran: 'sata' }))).toBe('DEVICE_NOT_REMOVABLE');
    expect(isCandidate(first(disk({ rm: false })))).toBe(true);
    expect(isCandidate(first(disk({ tran: 'sata' })))).toBe(true);
  });

  it('refuses partitions, disks in use, write-protected ones and other sectors', async () => {
    expect(await refusal(disk({ type: 'part' }))).toBe('DEVICE_NOT_A_DISK');
    expect(await refusal(disk({ mountpoint: '/media/x' }))).toBe('DEVICE_IN_USE');
    expect(await refusal(disk({ ro: true }))).toBe('DEVICE_READ_ONLY');
    expect(await refusal(disk({ 'log-sec': 4096 }))).toBe('DEVICE_SECTOR_SIZE');
  });

  it('refuses a reader without a card, and a disk on which no stick fits', async () => {
    expect(await refusal(disk({ size: 0 }))).toBe('DEVICE_NO_MEDIUM');
    expect(await refusal(disk({ size: 100 * 1024 * 1024 }))).toBe('STICK_TOO_SMALL');
  });

  it('refuses what is not there', async () => {
    const error: unknown = await requireDevice('/dev/nothing', answering(''), signal).catch(
      (reason: unknown) => reason,
    );
    expect(isLoopstickError(error, 'DEVICE_NOT_FOUND')).toBe(true);
  });

  it('notices another disk in the place of the chosen one', async () => {
    const chosen = first(disk());
    await requireSameDevice(chosen, answering(json(disk())), signal);
    for (const other of [{ serial: 'X' }, { size: 8_004_304_896 }, { model: 'Other' }]) {
      const error: unknown = await requireSameDevice(chosen, answering(json(disk(other))), signal).catch(
        (reason: unknown) => reason,
      );
      expect(isLoopstickError(error, 'DEVICE_CHANGED')).toBe(true);
    }
  });
});
