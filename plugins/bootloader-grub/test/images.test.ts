import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ENGINE_ERRORS, failure, type Runner } from '@loopstick/core';
import { describe, expect, it } from 'vitest';

import { findModules, runGrub, SYSTEM_HOST } from '../src/host.ts';
import { buildImage, earlyConfig } from '../src/images.ts';
import { PLATFORMS } from '../src/platforms.ts';
import { requestFor, runner } from './request.ts';

describe.each(PLATFORMS)('the core image for $firmware', (platform) => {
  it('never contains the tpm module, with which GRUB reads whole ISOs into memory', async () => {
    const { modules } = await findModules(platform, SYSTEM_HOST);
    expect(modules).not.toContain('tpm');
    expect(modules).toContain('loopback');
    expect(new Set(modules).size).toBe(modules.length);
  });

  it('is the same for the same stick and another for another stick', async () => {
    const folder = await findModules(platform, SYSTEM_HOST);
    const first = Buffer.from(await buildImage(platform, folder, await requestFor([])));
    const second = await buildImage(platform, folder, await requestFor([]));
    const other = await buildImage(platform, folder, { ...(await requestFor([])), esp: { uuid: '0000-0001' } });
    expect(first.equals(second)).toBe(true);
    expect(first.equals(other)).toBe(false);
  });

  it('asks for the package when its folder is missing', async () => {
    const { workDirectory } = await requestFor([]);
    const missing = findModules(platform, { ...SYSTEM_HOST, moduleRoots: [workDirectory] });
    await expect(missing).rejects.toMatchObject({
      code: 'GRUB_PLATFORM_MISSING',
      hint: expect.stringContaining(platform.debianPackage) as string,
    });
  });

  it('names the modules that are missing', async () => {
    const { workDirectory } = await requestFor([]);
    const folder = join(workDirectory, platform.format);
    await mkdir(folder);
    const present = [
      'kernel.img',
      ...platform.required.filter((name) => name !== 'loopback').map((name) => `${name}.mod`),
    ];
    for (const name of present) await writeFile(join(folder, name), '');
    await expect(findModules(platform, { ...SYSTEM_HOST, moduleRoots: [workDirectory] })).rejects.toMatchObject({
      code: 'GRUB_MODULE_MISSING',
      message: expect.stringContaining('loopback') as string,
    });
    await writeFile(join(folder, 'loopback.mod'), '');
    const found = await findModules(platform, { ...SYSTEM_HOST, moduleRoots: [workDirectory] });
    expect(found.modules).toEqual(platform.required);
  });
});

describe('earlyConfig', () => {
  it('finds the EFI system partition by UUID and takes the menu from there', () => {
    expect(earlyConfig('ABCD-1234')).toBe(
      "search --no-floppy --fs-uuid --set=root 'ABCD-1234'\nset prefix=($root)'/boot/grub'\n",
    );
  });
});

describe('runGrub', () => {
  const signal = AbortSignal.timeout(10_000);
  const only = (name: string): Runner => ({
    ...runner,
    run: async (program) => {
      if (program !== name) throw failure(ENGINE_ERRORS.toolMissing, { tool: program });
      return { stdout: program, stderr: '', exitCode: 0 };
    },
  });

  it('falls back to the name that Fedora and openSUSE use', async () => {
    const result = await runGrub(only('grub2-mkimage'), 'mkimage', [], { signal });
    expect(result.stdout).toBe('grub2-mkimage');
  });

  it('reports the usual name when there is neither', async () => {
    await expect(runGrub(only('other'), 'mkimage', [], { signal })).rejects.toMatchObject({
      code: 'TOOL_MISSING',
      message: expect.stringContaining('"grub-mkimage"') as string,
    });
  });
});
