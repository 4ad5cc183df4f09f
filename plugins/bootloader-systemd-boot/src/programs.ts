import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, systemCode, type Firmware } from '@loopstick/core';

import { SYSTEMD_BOOT_ERRORS } from './errors.ts';

/** Where every distribution keeps systemd-boot's programs; the manifest declares the same folder. */
export const PROGRAMS_FOLDER = '/usr/lib/systemd/boot/efi';

/** A program as systemd calls it, and where firmware looks on a removable disk (UEFI specification 2.10, 3.5.1.1). */
const PROGRAMS = [
  { firmware: 'uefi-x64', file: 'systemd-bootx64.efi', path: 'EFI/BOOT/BOOTX64.EFI' },
  { firmware: 'uefi-ia32', file: 'systemd-bootia32.efi', path: 'EFI/BOOT/BOOTIA32.EFI' },
] as const;

export interface Program {
  readonly firmware: Firmware;
  readonly path: string;
  readonly content: Uint8Array;
}

/**
 * The programs of this machine. Debian's package for amd64 brings the 64-bit one alone, so a stick starts on 32-bit
 * UEFI only where the other one is there, too.
 * @throws LoopstickError SYSTEMD_BOOT_MISSING, SYSTEMD_BOOT_INVALID
 */
export async function readPrograms(folder: string, signal: AbortSignal): Promise<Program[]> {
  const programs: Program[] = [];
  for (const { firmware, file, path } of PROGRAMS) {
    const place = join(folder, file);
    const content = await readFile(place, { signal }).catch((cause: unknown) => {
      if (systemCode(cause) !== 'ENOENT') throw cause;
      if (firmware === 'uefi-x64') throw failure(SYSTEMD_BOOT_ERRORS.missing, { file: place }, { cause });
      return undefined;
    });
    if (content === undefined) continue;
    if (content.toString('latin1', 0, 2) !== 'MZ') throw failure(SYSTEMD_BOOT_ERRORS.invalid, { file: place });
    programs.push({ firmware, path, content });
  }
  return programs;
}
