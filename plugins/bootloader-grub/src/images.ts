import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { BootloaderRequest } from '@loopstick/core';

import { quote } from './escape.ts';
import { runGrub, type ModuleFolder } from './host.ts';
import type { Platform } from './platforms.ts';

/** GRUB's folder on the EFI system partition, for all firmwares. */
export const PREFIX = '/boot/grub';

/**
 * The commands that a core image runs before it can read the menu. GRUB's rescue parser reads them: plain commands
 * only, no `if`. The partition is found by its UUID, as disks have other numbers on every machine; when that fails,
 * `root` is still where GRUB was started from. GRUB itself then runs `normal`, which reads grub.cfg in `prefix`.
 */
export function earlyConfig(espUuid: string): string {
  return [`search --no-floppy --fs-uuid --set=root ${quote(espUuid)}`, `set prefix=($root)${quote(PREFIX)}`, ''].join(
    '\n',
  );
}

/**
 * The core image of one platform. The same GRUB and the same UUID give the same bytes.
 * @throws LoopstickError TOOL_MISSING, TOOL_FAILED
 */
export async function buildImage(
  platform: Platform,
  folder: ModuleFolder,
  request: Pick<BootloaderRequest, 'esp' | 'workDirectory' | 'runner' | 'signal'>,
): Promise<Uint8Array> {
  const config = join(request.workDirectory, `${platform.format}.cfg`);
  const output = join(request.workDirectory, `${platform.format}.img`);
  await writeFile(config, earlyConfig(request.esp.uuid));
  const args = [
    `--format=${platform.format}`,
    `--directory=${folder.path}`,
    `--prefix=${PREFIX}`,
    `--config=${config}`,
    `--output=${output}`,
  ];
  await runGrub(request.runner, 'mkimage', [...args, ...folder.modules], { signal: request.signal });
  return readFile(output);
}
