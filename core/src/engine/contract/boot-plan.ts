/** Boot plans: all that a bootloader wants to have on a stick, as data. */
import type { Firmware } from '../../recipe/boot-entry.ts';

/** What to write, where. A bootloader never touches the stick: core checks this plan and carries it out. */
export interface BootPlan {
  readonly firmwares: readonly Firmware[];
  /** Files of the EFI system partition: path with `/`, content. */
  readonly espFiles: ReadonlyMap<string, Uint8Array>;
  readonly bios:
    | {
        /** The first bytes of sector 0, at most 440: the disk signature and the partition table behind them stay. */
        readonly bootCode: Uint8Array;
        /** From the first sector of the BIOS boot partition on. */
        readonly embedded: Uint8Array;
      }
    | undefined;
  /** Files from inside the ISOs, for a bootloader that cannot open an ISO: core copies them onto the ESP. */
  readonly isoFiles?: readonly IsoFileOnEsp[] | undefined;
  /** What this bootloader cannot start and has left out of its menu. The user is told; when it is all, nothing is made. */
  readonly leftOut?: readonly LeftOutItem[] | undefined;
  /** Missing when the menu itself keeps to the protocol of watched boots (core/src/trial/watched-boot.ts). */
  readonly typed?: TypedMenu | undefined;
}

/** A file of an ISO that lies on the EFI system partition as well. */
export interface IsoFileOnEsp {
  /** The ISO, as in MenuItem.isoPath. */
  readonly isoPath: string;
  /** Absolute path of the file inside the ISO. */
  readonly source: string;
  /** Where on the EFI system partition, as in `espFiles`. Of less than 4 GiB, as FAT has no larger files. */
  readonly path: string;
}

export interface LeftOutItem {
  /** MenuItem.id */
  readonly id: string;
  /** Why, in a few words: `its menu is a script for GRUB`. */
  readonly reason: string;
}

/**
 * How a program starts items of a menu that knows nothing of being watched: it types on the console of the firmware.
 * Only printable ASCII, carriage returns and escape sequences of a terminal are typed.
 */
export interface TypedMenu {
  /** What the console shows, within one line, when the menu is there and takes keys. */
  readonly ready: string;
  /** MenuItem.id → what to type so that the item starts with its `serialArgs` besides its `args`. */
  readonly keys: ReadonlyMap<string, string>;
}
