import { createHash } from 'node:crypto';

import { failure } from '../engine/errors.ts';
import type { OpenIso } from '../recipe/iso-reader.ts';
import type { CheckedBootPlan } from './boot-plan.ts';
import type { FileDigest } from './manifest.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** A file of an ISO that goes onto the EFI system partition too, as the manifest will name it. */
export interface TakenFile extends FileDigest {
  /** Its bytes, read from the ISO once more. */
  stream(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** What makes a stick boot: a bootloader's plan, checked, and the files that it takes out of ISOs. */
export interface StickBoot extends CheckedBootPlan {
  readonly taken: readonly TakenFile[];
}

// FAT keeps the size of a file in 32 bits.
const FAT_LIMIT = 2 ** 32 - 1;

/**
 * The files that a plan takes out of ISOs, with their digests.
 * @param isos by their path on the data partition
 * @throws LoopstickError STICK_PLAN_INVALID, ISO_UNREADABLE; the signal's reason when aborted.
 */
export async function takeFiles(
  bootloader: string,
  { isoFiles }: Pick<CheckedBootPlan, 'isoFiles'>,
  isos: ReadonlyMap<string, OpenIso>,
  signal: AbortSignal,
): Promise<TakenFile[]> {
  const refuse = (problem: string): Error => failure(STICK_ERRORS.planInvalid, { bootloader, problem });
  const taken: TakenFile[] = [];
  for (const { isoPath, source, path } of isoFiles) {
    const iso = isos.get(isoPath);
    if (iso === undefined) throw refuse(`there is no ISO ${isoPath} on the stick`);
    const length = iso.sizeOf(source);
    if (length === undefined) throw refuse(`there is no file ${source} in ${isoPath}`);
    if (length > FAT_LIMIT) throw refuse(`${source} in ${isoPath} is too large for FAT`);
    const stream = (stop: AbortSignal): AsyncIterable<Uint8Array> => iso.stream(source, stop);
    const hash = createHash('sha256');
    for await (const piece of stream(signal)) hash.update(piece);
    taken.push({ path, length, sha256: hash.digest('hex'), stream });
  }
  return taken;
}
