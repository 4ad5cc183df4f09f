import type { Firmware } from '@loopstick/core';

/**
 * What goes into the core image of each firmware. Everything is embedded: the stick has no module folder, so nothing
 * that runs later depends on `insmod` finding a file (`insmod` of an embedded module succeeds without one).
 *
 * `tpm` is left out on purpose. It registers a verifier, and GRUB hands a verifier whole files: `loopback` would first
 * read the entire ISO into memory and end with "out of memory" (rhboot/grub2 PR 127, grml/grml-rescueboot issue 9).
 */

/** The folder name of GRUB's modules and the format name of grub-mkimage, for one firmware. */
export interface Platform {
  readonly firmware: Firmware;
  readonly format: 'i386-pc' | 'x86_64-efi' | 'i386-efi';
  /** Debian's and Ubuntu's package with the modules. */
  readonly debianPackage: string;
  /** Without these, a stick would not do what Loopstick promises. */
  readonly required: readonly string[];
  /** Embedded where this GRUB has them. */
  readonly optional: readonly string[];
}

const REQUIRED = [
  // finding the stick's partitions and what is on them
  ...['part_gpt', 'fat', 'ext2', 'exfat', 'iso9660', 'loopback', 'search', 'search_fs_uuid'],
  // the menu and its script
  ...['normal', 'configfile', 'test', 'echo', 'true', 'sleep', 'serial', 'terminal', 'reboot', 'halt', 'minicmd'],
  // starting a system; `multiboot` is here because it forgets a loaded kernel, see menu-functions.ts
  ...['boot', 'linux', 'multiboot'],
];

const OPTIONAL = [
  // the loopback.cfg of an ISO may use any of these
  ...['part_msdos', 'udf', 'squash4', 'btrfs', 'xfs', 'ntfs', 'hfsplus', 'search_fs_file', 'search_label', 'regexp'],
  ...['probe', 'loadenv', 'ls', 'cat', 'help', 'eval', 'read', 'keystatus', 'date', 'cpuid', 'smbios', 'gettext', 'tr'],
  ...['gzio', 'xzio', 'lzopio', 'zstdio', 'linux16', 'multiboot2', 'chain', 'videoinfo'],
  // the graphical menu
  ...['all_video', 'font', 'gfxterm', 'gfxterm_background', 'gfxmenu', 'png', 'jpeg'],
];

const EFI = ['efi_gop', 'efi_uga', 'efifwsetup', 'fwsetup'];

export const PLATFORMS: readonly Platform[] = [
  {
    firmware: 'bios',
    format: 'i386-pc',
    debianPackage: 'grub-pc-bin',
    required: ['biosdisk', ...REQUIRED],
    optional: [...OPTIONAL, 'vbe', 'vga', 'ntldr', 'drivemap'],
  },
  {
    firmware: 'uefi-x64',
    format: 'x86_64-efi',
    debianPackage: 'grub-efi-amd64-bin',
    required: REQUIRED,
    optional: [...OPTIONAL, ...EFI],
  },
  {
    firmware: 'uefi-ia32',
    format: 'i386-efi',
    debianPackage: 'grub-efi-ia32-bin',
    required: REQUIRED,
    optional: [...OPTIONAL, ...EFI],
  },
];
