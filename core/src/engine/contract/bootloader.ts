/** Bootloaders: turn boot entries into a plan of what to write where. */
import type { BootEntry, DataFilesystem, Firmware } from '../../recipe/boot-entry.ts';
import type { BootPlan } from './boot-plan.ts';
import type { Runner } from '../run.ts';

export interface MenuItem {
  /** Unique on the stick: `<image>-<entry>`. */
  readonly id: string;
  readonly title: string;
  /** Absolute path of the ISO on the data partition. */
  readonly isoPath: string;
  /** Its templates are filled in. */
  readonly entry: BootEntry;
  /**
   * The UEFI firmwares that start the kernel as a program of their own (its EFI stub); empty when it is no such program.
   * Missing when the entry names no kernel.
   */
  readonly efiStub?: readonly Firmware[] | undefined;
}

export interface BootloaderRequest {
  /** At least one: a stick without an image is refused, and a recipe without an entry. */
  readonly items: readonly MenuItem[];
  readonly stick: { readonly id: string; readonly title: string };
  readonly data: { readonly filesystem: DataFilesystem; readonly uuid: string };
  readonly esp: { readonly uuid: string };
  /** First sector (512 bytes) and length in sectors of the partition that holds BIOS boot code. */
  readonly biosBoot: { readonly start: number; readonly sectors: number };
  /** An empty folder for files in between; core removes it. */
  readonly workDirectory: string;
  readonly runner: Runner;
  readonly signal: AbortSignal;
}

export interface Bootloader {
  readonly name: string;
  readonly description: string;
  plan(request: BootloaderRequest): Promise<BootPlan>;
}

/** A bootloader as it is found by its name. */
export interface OwnedBootloader extends Bootloader {
  /** Whose it is. */
  readonly pluginId: string;
}
