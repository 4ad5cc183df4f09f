import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, FIRMWARES, printable, type BootloaderRequest, type BootPlan, type Runner } from '@loopstick/core';

import { biosPlan } from './bios.ts';
import { GRUB_ERRORS } from './errors.ts';
import { findFont, findModules, runGrub, SYSTEM_HOST, type GrubHost } from './host.ts';
import { buildImage, PREFIX } from './images.ts';
import { renderMenu } from './menu.ts';
import { FONT_FILE } from './menu-terminal.ts';
import { PLATFORMS } from './platforms.ts';
import { THEME_FOLDER, themeFiles } from './theme.ts';

/** Where firmware looks on a removable disk (UEFI specification 2.10, 3.5.1.1). */
const EFI_FILES = { 'x86_64-efi': 'EFI/BOOT/BOOTX64.EFI', 'i386-efi': 'EFI/BOOT/BOOTIA32.EFI' } as const;

const FOLDER = PREFIX.slice(1);

/**
 * Boot code for all three firmwares, and the menu.
 * @throws LoopstickError GRUB_PLATFORM_MISSING, GRUB_MODULE_MISSING, GRUB_BOOT_IMAGE_INVALID, GRUB_CORE_TOO_LARGE,
 * GRUB_ARGUMENT_UNSUPPORTED, GRUB_SCRIPT_INVALID, TOOL_MISSING, TOOL_FAILED; the signal's reason when aborted.
 */
export async function planGrub(request: BootloaderRequest, host: GrubHost = SYSTEM_HOST): Promise<BootPlan> {
  const { runner, signal } = request;
  const font = await findFont(host);
  const config = renderMenu(request, font !== undefined);
  await checkScript(config, runner, signal);

  const espFiles = new Map<string, Uint8Array>([[`${FOLDER}/grub.cfg`, Buffer.from(config, 'utf8')]]);
  if (font !== undefined) {
    espFiles.set(FONT_FILE, await readFile(font));
    for (const [name, content] of themeFiles(request.stick.title))
      espFiles.set(`${FOLDER}/${THEME_FOLDER}/${name}`, content);
  }

  let bios: BootPlan['bios'];
  for (const platform of PLATFORMS) {
    signal.throwIfAborted();
    const folder = await findModules(platform, host);
    const image = await buildImage(platform, folder, request);
    if (platform.format === 'i386-pc') {
      bios = biosPlan(await readFile(join(folder.path, 'boot.img')), image, request.biosBoot);
    } else {
      espFiles.set(EFI_FILES[platform.format], image);
    }
  }
  return { firmwares: FIRMWARES, espFiles, bios };
}

/**
 * Has GRUB's own parser read the script, as a mistake in it would otherwise show on the first boot only.
 * @throws LoopstickError GRUB_SCRIPT_INVALID, TOOL_MISSING, TOOL_FAILED
 */
export async function checkScript(config: string, runner: Runner, signal: AbortSignal): Promise<void> {
  const { exitCode, stderr, stdout } = await runGrub(runner, 'script-check', [], {
    signal,
    input: config,
    accept: [0, 1],
  });
  if (exitCode !== 0) {
    const problem = printable((stderr || stdout).trim()) || 'no reason given';
    throw failure(GRUB_ERRORS.scriptInvalid, { file: 'grub.cfg', problem });
  }
}
