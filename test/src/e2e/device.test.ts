/**
 * Sticks on block devices. A loop device is one in every respect but two: it is not removable, and lsblk calls it
 * "loop". So lsblk's word on these is replaced, and everything else is real. Loop devices take root, or none are tried.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  buildStick,
  createContext,
  createEngine,
  localImage,
  readStick,
  requireDevice,
  verifyStick,
  type Engine,
  type Runner,
  type StickSpec,
} from '@loopstick/core';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createScene, type Scene } from '../harness/scene.ts';
import { defaultCacheDir } from '../inputs/cache.ts';
import { makeTestInputs } from '../inputs/make.ts';

const PLUGINS = ['bootloader-grub', 'distro-memtest86plus'].map((name) =>
  fileURLToPath(new URL(`../../../plugins/${name}`, import.meta.url)),
);
const signal = new AbortController().signal;
const hasLoopDevices = process.getuid?.() === 0 && spawnSync('losetup', ['--find']).status === 0;

/** The real runner, but for lsblk: it knows one USB stick, which is this device. */
function runnerWith(device: string, changes: object = {}): Runner {
  const { runner } = createContext();
  const disk = { path: device, type: 'disk', size: 0, rm: true, ro: false, tran: 'usb', 'log-sec': 512, serial: 'S1' };
  return {
    ...runner,
    run: async (program, args, options) => {
      if (program !== 'lsblk') return runner.run(program, args, options);
      const { stdout } = await runner.run('blockdev', ['--getsize64', device], options);
      const blockdevices = [{ ...disk, size: Number(stdout), ...changes }];
      return { stdout: JSON.stringify({ blockdevices }), stderr: '', exitCode: 0 };
    },
  };
}

describe.runIf(hasLoopDevices)('a block device', () => {
  let scene: Scene;
  let device: string;
  let engine: Engine;
  let iso: string;

  const specOf = async (digit: string): Promise<StickSpec> => {
    const images = [await localImage(engine, iso, signal)];
    return { title: 'Other', images, seed: digit.repeat(32), createdAt: new Date(0) };
  };

  beforeAll(async () => {
    scene = await createScene();
    iso = (await makeTestInputs({ cacheDir: defaultCacheDir(), only: ['memtest'] })).memtest.path;
    await execa('truncate', ['-s', '200M', scene.path('disk')]);
    device = (await execa('losetup', ['--find', '--show', scene.path('disk')])).stdout.trim();
    const env = { ...process.env, LOOPSTICK_HOME: join(scene.folder, 'home') };
    engine = await createEngine({ context: { env, runner: runnerWith(device) }, plugins: PLUGINS });
  });
  afterAll(async () => {
    await execa('losetup', ['--detach', device]);
    await scene.remove();
  });

  it('is refused while the kernel uses it, whatever lsblk says', async () => {
    await execa('mke2fs', ['-q', '-F', device], { env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` } });
    const point = scene.path('mount');
    await mkdir(point);
    await execa('mount', [device, point]);
    try {
      await expect(requireDevice(device, runnerWith(device), signal)).rejects.toMatchObject({ code: 'DEVICE_IN_USE' });
    } finally {
      await execa('umount', [point]);
    }
  });

  it('gets the same stick as an image file does, and what was on it before is gone', async () => {
    const image = await localImage(engine, iso, signal);
    const spec = { title: 'Test', images: [image], seed: '0'.repeat(32), createdAt: new Date(0) };
    const chosen = await requireDevice(device, engine.context.runner, signal);
    const onDevice = await buildStick(engine, spec, { kind: 'device', device: chosen }, signal);
    const file = scene.path('same.img');
    await buildStick(engine, spec, { kind: 'image', path: file, size: chosen.size, force: false }, signal);

    const stick = await readStick(engine, device, signal);
    expect(stick.manifest).toEqual(onDevice);
    await verifyStick(engine, stick, signal);
    const { stdout } = await execa('blkid', ['-p', '-o', 'export', device], { reject: false });
    expect(stdout).toContain('PTTYPE=gpt');
    expect(stdout).not.toContain('ext');
    // What a filesystem of before leaves in unused blocks may differ; all that the two sticks consist of may not.
    const tables = await Promise.all([device, file].map((path) => execa('sgdisk', ['-p', path]).then((r) => r.stdout)));
    const [onDisk, inFile] = tables.map((table) => table.slice(table.indexOf('Disk identifier')));
    expect(onDisk).toBe(inFile);
  });

  it('is not written to when another disk has taken its place', async () => {
    const chosen = await requireDevice(device, engine.context.runner, signal);
    const spec = await specOf('1');
    const runner = runnerWith(device, { serial: 'S2' });
    const other = await createEngine({ context: { ...engine.context, runner }, plugins: PLUGINS });
    await expect(buildStick(other, spec, { kind: 'device', device: chosen }, signal)).rejects.toMatchObject({
      code: 'DEVICE_CHANGED',
    });
    expect((await readStick(engine, device, signal)).manifest.title).toBe('Test');
  });

  it('is not written to any further once another disk has taken its place half-way', async () => {
    const chosen = await requireDevice(device, engine.context.runner, signal);
    const spec = await specOf('2');
    const [before, after] = [runnerWith(device), runnerWith(device, { serial: 'S2' })];
    let swapped = false;
    const runner: Runner = {
      ...before,
      run: async (program, args, options) => {
        const result = await (swapped ? after : before).run(program, args, options);
        swapped ||= program === 'mke2fs';
        return result;
      },
    };
    const other = await createEngine({ context: { ...engine.context, runner }, plugins: PLUGINS });
    await expect(buildStick(other, spec, { kind: 'device', device: chosen }, signal)).rejects.toMatchObject({
      code: 'DEVICE_CHANGED',
    });
    // The filesystem was made before the swap; nothing was copied into it afterwards.
    await expect(readStick(engine, device, signal)).rejects.toMatchObject({ code: 'STICK_NOT_FOUND' });
  });

  it('is read back from the medium and not from memory', async () => {
    const chosen = await requireDevice(device, engine.context.runner, signal);
    const spec = await specOf('3');
    const real = runnerWith(device);
    let lost = false;
    const runner: Runner = {
      ...real,
      // The medium loses what it was given, behind the back of the device: only its backing file knows.
      stream: async (program, args, options, consume) => {
        if (program === 'mtype' && !lost) {
          lost = true;
          const disk = await open(scene.path('disk'), 'r+');
          // The volume label in the ISO, as it lies in the data partition.
          const at = (await disk.readFile()).indexOf('MT86PLUS_64', 130 * 1024 * 1024);
          await disk.write('?', at);
          await disk.close();
        }
        return real.stream(program, args, options, consume);
      },
    };
    const other = await createEngine({ context: { ...engine.context, runner }, plugins: PLUGINS });
    // The kernel forgets a device by itself when the last one closes it. Desktops keep theirs open, and so does this.
    const holder = await open(device, 'r');
    try {
      const built = buildStick(other, spec, { kind: 'device', device: chosen }, signal);
      await expect(built).rejects.toMatchObject({ code: 'STICK_READ_BACK' });
    } finally {
      await holder.close();
    }
  });
});
