import { failure, type BootPlan, type BootloaderRequest } from '@loopstick/core';

import { GRUB_ERRORS } from './errors.ts';

/**
 * What grub-install's grub-bios-setup does, on bytes instead of a disk. Offsets: include/grub/i386/pc/boot.h and
 * grub-core/boot/i386/pc/{boot,diskboot}.S of GRUB 2.
 */

const SECTOR = 512;
/** Boot code ends here: the disk signature and the partition table follow and stay as they are. */
const BOOT_CODE_END = 440;
/** boot.img: the sector to load next, 64 bits. */
const KERNEL_SECTOR = 0x5c;
/** boot.img: a jump over "the BIOS gave the wrong drive number", which two NOPs turn off as grub-bios-setup does. */
const DRIVE_CHECK = 0x66;
const NOP = 0x90;
/** First sector of core.img: start sector (64 bits), length in sectors (16 bits), segment to load to (16 bits). */
const BLOCK_LIST = 0x1f4;
const BLOCK_LIST_LENGTH = BLOCK_LIST + 8;
const BLOCK_LIST_SEGMENT = BLOCK_LIST + 10;
/** diskboot.S runs at 0x8000 and the rest of core.img goes behind it, to 0x8200. */
const LOAD_SEGMENT = 0x820;

/**
 * The boot code for sector 0 and the content of the BIOS boot partition.
 * @param bootImage boot.img, 512 bytes
 * @param coreImage what grub-mkimage made for i386-pc
 * @throws LoopstickError GRUB_BOOT_IMAGE_INVALID, GRUB_CORE_TOO_LARGE
 */
export function biosPlan(
  bootImage: Uint8Array,
  coreImage: Uint8Array,
  partition: BootloaderRequest['biosBoot'],
): NonNullable<BootPlan['bios']> {
  return {
    bootCode: bootCode(bootImage, partition.start),
    embedded: embedded(coreImage, partition),
  };
}

function bootCode(image: Uint8Array, start: number): Uint8Array {
  if (image.length !== SECTOR) throw invalid('boot.img', `it has ${image.length} bytes instead of ${SECTOR}`);
  if (image[510] !== 0x55 || image[511] !== 0xaa) throw invalid('boot.img', 'it does not end with 55 AA');
  const code = image.slice(0, BOOT_CODE_END);
  new DataView(code.buffer).setBigUint64(KERNEL_SECTOR, BigInt(start), true);
  code.fill(NOP, DRIVE_CHECK, DRIVE_CHECK + 2);
  return code;
}

function embedded(core: Uint8Array, partition: BootloaderRequest['biosBoot']): Uint8Array {
  const sectors = Math.ceil(core.length / SECTOR);
  if (sectors < 2) throw invalid('core.img', `it has only ${core.length} bytes`);
  if (sectors > partition.sectors) {
    throw failure(GRUB_ERRORS.coreTooLarge, { needed: sectors, available: partition.sectors });
  }
  const content = new Uint8Array(sectors * SECTOR);
  content.set(core);
  const view = new DataView(content.buffer);
  if (view.getUint16(BLOCK_LIST_SEGMENT, true) !== LOAD_SEGMENT) {
    throw invalid('core.img', 'its first sector holds no block list');
  }
  view.setBigUint64(BLOCK_LIST, BigInt(partition.start) + 1n, true);
  view.setUint16(BLOCK_LIST_LENGTH, sectors - 1, true);
  return content;
}

function invalid(image: string, problem: string): Error {
  return failure(GRUB_ERRORS.bootImageInvalid, { image, problem });
}
