import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BootPlan, MenuItem, SystemTool } from '@loopstick/core';
import { describe, expect, it, onTestFinished } from 'vitest';

import plugin from '../src/index.ts';
import { planSystemdBoot } from '../src/plan.ts';
import { PROGRAMS_FOLDER } from '../src/programs.ts';
import { readEntry } from './read-entry.ts';
import { ISO_PATH, linuxItem, menuItem, requestFor } from './request.ts';

const PROGRAM = 'systemd-bootx64.efi';
const plan = (...items: MenuItem[]): Promise<BootPlan> => planSystemdBoot(requestFor(items));
const textOf = ({ espFiles }: BootPlan, path: string): string => Buffer.from(espFiles.get(path) ?? []).toString();

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'loopstick-sdboot-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe('planSystemdBoot', () => {
  it('starts on UEFI alone, with the entries in order and the files that they need', async () => {
    const made = await plan(linuxItem('live'), linuxItem('safe', { args: ['nomodeset'] }));
    expect(made).toMatchObject({ bios: undefined, leftOut: [] });
    expect(made.firmwares).toContain('uefi-x64');
    expect(made.firmwares).not.toContain('bios');
    expect(made.espFiles.get('EFI/BOOT/BOOTX64.EFI')).toEqual(await readFile(join(PROGRAMS_FOLDER, PROGRAM)));
    expect(readEntry(textOf(made, 'loader/loader.conf'))).toContainEqual(['default', '001-live.conf']);
    expect(textOf(made, 'loader/entries/001-live.conf')).toContain('options boot=live');
    expect(textOf(made, 'loader/entries/002-safe.conf')).toContain('options nomodeset');
    // Both start the same kernel, which is there once.
    expect(made.isoFiles).toEqual([
      { isoPath: ISO_PATH, source: '/boot/vmlinuz', path: 'loopstick/1-tiny/1-vmlinuz' },
      { isoPath: ISO_PATH, source: '/boot/initrd.img', path: 'loopstick/1-tiny/2-initrd.img' },
    ]);
  });

  it('leaves out what it cannot start, with its files', async () => {
    const old = linuxItem('old', { kernel: '/old' }, { efiStub: [] });
    const made = await plan(menuItem('own'), old, linuxItem('live'));
    expect(made.leftOut?.map(({ id }) => id)).toEqual(['own', 'old']);
    expect(made.isoFiles?.map(({ source }) => source)).not.toContain('/old');
    const entries = [...made.espFiles.keys()].filter((path) => path.startsWith('loader/entries/'));
    expect(entries).toEqual(['loader/entries/001-live.conf']);
    expect([...(made.typed?.keys.keys() ?? [])]).toEqual(['live']);
  });

  it('gives the same plan for the same request', async () => {
    expect(await plan(linuxItem('a'), linuxItem('b'))).toEqual(await plan(linuxItem('a'), linuxItem('b')));
  });

  it('starts on 32-bit UEFI where there is a program for it', async () => {
    const folder = await emptyFolder();
    await copyFile(join(PROGRAMS_FOLDER, PROGRAM), join(folder, PROGRAM));
    await writeFile(join(folder, 'systemd-bootia32.efi'), 'MZ');
    const made = await planSystemdBoot(requestFor([linuxItem('a')]), folder);
    expect(made.firmwares).toEqual(['uefi-x64', 'uefi-ia32']);
    expect(made.espFiles.has('EFI/BOOT/BOOTIA32.EFI')).toBe(true);
    // The kernel is one for 64-bit UEFI.
    expect(textOf(made, 'loader/entries/001-a.conf')).toContain('architecture x64');
  });

  it('says that systemd-boot is missing, or no program', async () => {
    const folder = await emptyFolder();
    const request = requestFor([linuxItem('a')]);
    await expect(planSystemdBoot(request, folder)).rejects.toMatchObject({ code: 'SYSTEMD_BOOT_MISSING' });
    await writeFile(join(folder, PROGRAM), '<html>');
    await expect(planSystemdBoot(request, folder)).rejects.toMatchObject({ code: 'SYSTEMD_BOOT_INVALID' });
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(planSystemdBoot({ ...requestFor([linuxItem('a')]), signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('the plugin', () => {
  it('adds one bootloader', () => {
    const added: unknown[] = [];
    const registrar = new Proxy({}, { get: (_, hook) => (part: object) => added.push({ hook, ...part }) });
    plugin.register(registrar as Parameters<typeof plugin.register>[0]);
    expect(added).toMatchObject([{ hook: 'bootloader', name: 'systemd-boot' }]);
  });

  it('runs no program, and asks the system for the file that it reads', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as {
      loopstick: { tools: SystemTool[]; permissions: object };
    };
    expect(manifest.loopstick.permissions).toEqual({ hosts: [], programs: [], paths: [PROGRAMS_FOLDER] });
    const [tool] = manifest.loopstick.tools;
    expect(tool).toMatchObject({ anyOf: [join(PROGRAMS_FOLDER, PROGRAM)], packages: { apt: 'systemd-boot-efi' } });
  });
});
