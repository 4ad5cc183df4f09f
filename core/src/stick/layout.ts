import { failure } from '../engine/errors.ts';
import { formatBytes } from '../engine/units.ts';
import { STICK_ERRORS } from './stick-errors.ts';

/** Bytes in a sector. Disks with other logical sectors are refused. */
export const SECTOR = 512;
const MIB = 1024 * 1024;
/** Every partition starts and ends on this boundary, which suits flash memory. */
const ALIGNMENT = MIB / SECTOR;
/** Room for the backup partition table at the end: 33 sectors, aligned. */
const TAIL = ALIGNMENT;

export interface Partition {
  /** First sector. */
  readonly start: number;
  /** Length in sectors. */
  readonly sectors: number;
}

/** The three partitions of a stick, in sectors. */
export interface Layout {
  readonly totalSectors: number;
  readonly biosBoot: Partition;
  readonly esp: Partition;
  readonly data: Partition;
  /** Journal of the data filesystem, in MiB. */
  readonly journal: number;
}

/** The same on every stick, so that boot code can be planned before the rest of the layout is known. */
export const BIOS_BOOT: Partition = { start: ALIGNMENT, sectors: ALIGNMENT };
const ESP_START = BIOS_BOOT.start + BIOS_BOOT.sectors;
// 128 MiB with clusters of 1 KiB make a genuine FAT32 (over 65,525 clusters), and leave room for signed boot chains.
const ESP_LEAST = 128 * MIB;
const ESP_CLUSTER = 1024;
// For folders: each file takes at most nine entries of 32 bytes there, of a long name and a short one.
const ESP_FOLDERS = 4 * MIB;

/** MiB of journal: enough to be safe, small enough for a small stick. */
const SMALL_JOURNAL = 8;
const LARGE_JOURNAL = 64;
const LARGE_FROM = 2048 * MIB;

/**
 * How large a data filesystem must be to hold files of these sizes, in bytes: whole blocks, the journal, and metadata
 * (block bitmaps, group descriptors with room to grow, inode tables).
 */
function dataBytesWith(journal: number, fileSizes: readonly number[]): number {
  const blocks = fileSizes.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4096, 0);
  const extents = Math.ceil(blocks / 1024);
  return roundUp(blocks + extents + journal * MIB + Math.ceil(blocks * 0.005) + 16 * MIB, MIB);
}

/** The same with the journal that suits a filesystem just large enough. */
export function dataBytesFor(fileSizes: readonly number[]): number {
  const small = dataBytesWith(SMALL_JOURNAL, fileSizes);
  return small < LARGE_FROM ? small : dataBytesWith(LARGE_JOURNAL, fileSizes);
}

/** A large filesystem gets the large journal, unless the files need that room. */
function journalFor(dataBytes: number, fileSizes: readonly number[]): number {
  const large = dataBytes >= LARGE_FROM && dataBytesWith(LARGE_JOURNAL, fileSizes) <= dataBytes;
  return large ? LARGE_JOURNAL : SMALL_JOURNAL;
}

/** How large the EFI system partition must be for files of these sizes, in bytes: clusters, two tables, folders. */
function espBytesFor(fileSizes: readonly number[]): number {
  const clusters = fileSizes.reduce((sum, size) => sum + Math.ceil(size / ESP_CLUSTER), 0);
  return Math.max(ESP_LEAST, roundUp(clusters * (ESP_CLUSTER + 2 * 4) + ESP_FOLDERS, MIB));
}

/** The smallest target, in bytes, for files of these sizes on the data partition and on the EFI system partition. */
export function minimumSize(fileSizes: readonly number[], espSizes: readonly number[] = []): number {
  return (ESP_START + TAIL) * SECTOR + espBytesFor(espSizes) + dataBytesFor(fileSizes);
}

/**
 * The layout of a stick of `totalBytes` (what is beyond the last whole MiB is not used) that holds these files.
 * @throws LoopstickError STICK_TOO_SMALL
 */
export function planLayout(
  target: string,
  totalBytes: number,
  fileSizes: readonly number[],
  espSizes: readonly number[] = [],
): Layout {
  const needed = minimumSize(fileSizes, espSizes);
  if (totalBytes < needed) {
    const values = { target, needed: formatBytes(needed), available: formatBytes(totalBytes) };
    throw failure(STICK_ERRORS.tooSmall, values);
  }
  const totalSectors = Math.floor(totalBytes / SECTOR);
  const end = Math.floor((totalSectors - TAIL) / ALIGNMENT) * ALIGNMENT;
  const esp = { start: ESP_START, sectors: espBytesFor(espSizes) / SECTOR };
  const start = esp.start + esp.sectors;
  const data = { start, sectors: end - start };
  const journal = journalFor(data.sectors * SECTOR, fileSizes);
  return { totalSectors, biosBoot: BIOS_BOOT, esp, data, journal };
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
