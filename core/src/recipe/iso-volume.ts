import type { FileHandle } from 'node:fs/promises';

/** What the primary volume descriptor says (ECMA-119, 4th edition, 8.4). */
export interface IsoVolume {
  /** Volume identifier without trailing blanks. */
  readonly label: string;
  /** How large the filesystem is, in bytes. Files may be larger, and a file that was cut short is smaller. */
  readonly size: number;
  /** As udev has it in /dev/disk/by-uuid: `2025-02-15-09-16-10-00`. */
  readonly uuid: string | undefined;
}

/** Bytes in a logical sector. Other sizes exist in the standard only. */
export const ISO_SECTOR = 2048;
// The descriptors follow a system area of 16 sectors; the primary one is the first in every image that PCs boot from.
const DESCRIPTOR = 16 * ISO_SECTOR;
const LABEL = { start: 40, end: 72 };
const VOLUME_BLOCKS = 80;
const BLOCK_SIZE = 128;
// Dates of creation and of modification: 16 digits and an offset from Greenwich.
const CREATED = 813;
const MODIFIED = 830;

/** Reads the primary volume descriptor; a text instead says why there is none. */
export async function readIsoVolume(file: FileHandle): Promise<IsoVolume | string> {
  const sector = Buffer.alloc(ISO_SECTOR);
  const { bytesRead } = await file.read(sector, 0, ISO_SECTOR, DESCRIPTOR);
  if (bytesRead < ISO_SECTOR) return 'it is too short';
  if (sector[0] !== 1 || sector.toString('latin1', 1, 6) !== 'CD001') return 'it holds no ISO 9660 filesystem';
  if (sector.readUInt16LE(BLOCK_SIZE) !== ISO_SECTOR) return 'its blocks are not of 2048 bytes';
  // Standing alone a label is ASCII; what makers put there beyond that is UTF-8, and udev reads it as such.
  const label = sector.toString('utf8', LABEL.start, LABEL.end);
  const end = label.indexOf('\0');
  return {
    label: (end === -1 ? label : label.slice(0, end)).trimEnd(),
    size: sector.readUInt32LE(VOLUME_BLOCKS) * ISO_SECTOR,
    uuid: dateOf(sector, MODIFIED) ?? dateOf(sector, CREATED),
  };
}

/** A date as libblkid makes a UUID of it (libblkid/src/superblocks/iso9660.c); undefined when it is not set. */
function dateOf(sector: Buffer, start: number): string | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(sector.toString('latin1', start, start + 16));
  return match === null || /^0*$/.test(match[0]) ? undefined : match.slice(1).join('-');
}
