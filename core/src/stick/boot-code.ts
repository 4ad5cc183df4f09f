import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

import { writeFully } from '../engine/durable.ts';
import { failure } from '../engine/errors.ts';
import type { BootPlan } from '../engine/hooks.ts';
import { SECTOR, type Partition } from './layout.ts';
import type { Digest, ManifestBoot } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';
import type { Work } from './work.ts';

/** From 0x1b8 on, sector 0 holds the disk signature and the protective partition table: never boot code. */
export const BOOT_CODE_LIMIT = 0x1b8;

/** Writes the boot code of sector 0 and the content of the BIOS boot partition. */
export async function writeBootCode(
  work: Work,
  biosBoot: Partition,
  bios: NonNullable<BootPlan['bios']>,
): Promise<void> {
  const file = await open(work.path, 'r+');
  try {
    await writeFully(file, bios.embedded, biosBoot.start * SECTOR);
    await writeFully(file, bios.bootCode, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws LoopstickError STICK_READ_BACK */
export async function checkBootCode(
  work: Work,
  biosBoot: Partition,
  { bootCode, embedded }: Pick<ManifestBoot, 'bootCode' | 'embedded'>,
): Promise<void> {
  const file = await open(work.path, 'r');
  try {
    const same = (await fits(file, 0, bootCode)) && (await fits(file, biosBoot.start * SECTOR, embedded));
    if (!same) throw failure(STICK_ERRORS.readBack, { target: work.label, what: 'the boot code' });
  } finally {
    await file.close();
  }
}

async function fits(file: FileHandle, position: number, digest: Digest | undefined): Promise<boolean> {
  if (digest === undefined) return true;
  const bytes = Buffer.alloc(Math.min(digest.length, 1024 * 1024));
  await file.read(bytes, 0, bytes.length, position);
  return bytes.length === digest.length && createHash('sha256').update(bytes).digest('hex') === digest.sha256;
}
