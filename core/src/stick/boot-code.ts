import { open } from 'node:fs/promises';

import { failure } from '../engine/errors.ts';
import type { BootPlan } from '../engine/hooks.ts';
import { SECTOR, type Layout } from './layout.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import type { Work } from './work.ts';

/** From 0x1b8 on, sector 0 holds the disk signature and the protective partition table: never boot code. */
export const BOOT_CODE_LIMIT = 0x1b8;

type BiosPlan = NonNullable<BootPlan['bios']>;

/** Writes the boot code of sector 0 and the content of the BIOS boot partition. */
export async function writeBootCode(work: Work, layout: Layout, bios: BiosPlan): Promise<void> {
  const file = await open(work.path, 'r+');
  try {
    await writeAll(file, bios.embedded, layout.biosBoot.start * SECTOR);
    await writeAll(file, bios.bootCode, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws LoopstickError STICK_READ_BACK */
export async function checkBootCode(work: Work, layout: Layout, bios: BiosPlan): Promise<void> {
  const file = await open(work.path, 'r');
  try {
    for (const [bytes, position] of [
      [bios.bootCode, 0],
      [bios.embedded, layout.biosBoot.start * SECTOR],
    ] as const) {
      const found = Buffer.alloc(bytes.length);
      await file.read(found, 0, bytes.length, position);
      if (!found.equals(bytes)) throw failure(STICK_ERRORS.readBack, { target: work.label, what: 'the boot code' });
    }
  } finally {
    await file.close();
  }
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
