import type { FileHandle } from 'node:fs/promises';

/** What the primary volume descriptor says (ECMA-119, 4th edition, 8.4). */
export interface IsoVolume {
  /** Volume identifier without trailing blanks. */
  readonly label: string;
}

/** Bytes in a logical sector. Other sizes exist in the standard only. */
export const ISO_SECTOR = 2048;
// The descriptors follow a system area of 16 sectors; the primary one is the first in every image that PCs boot from.
const DESCRIPTOR = 16 * ISO_SECTOR;
const LABEL = { start: 40, end: 72 };
const BLOCK_SIZE = 128;

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
  return { label: (end === -1 ? label : label.slice(0, end)).trimEnd() };
}
