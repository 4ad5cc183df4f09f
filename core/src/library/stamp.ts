import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** What a file looks like from outside. */
export interface FileLook {
  readonly size: number;
  /**
   * What tells an untouched file from another one without reading it. The time of the last change of the inode is part
   * of it, because whoever writes to a file can set its modification time back, but not this one.
   */
  readonly stamp: string;
  /** The same without that time, which a new name and a new mode change too. */
  readonly content: string;
  /** Names of this file in the file system. */
  readonly names: number;
  /** What it takes on the disk, in bytes. */
  readonly allocated: number;
}

/** @throws the system's own errors */
export async function look(path: string): Promise<FileLook> {
  return lookOf(await stat(path, { bigint: true }));
}

function lookOf({ size, mtimeNs, ctimeNs, ino, nlink, blocks }: BigIntStats): FileLook {
  return {
    size: Number(size),
    stamp: `${size}-${mtimeNs}-${ctimeNs}-${ino}`,
    content: `${size}-${mtimeNs}-${ino}`,
    names: Number(nlink),
    // POSIX leaves the unit open; on Linux st_blocks counts 512 bytes whatever the file system's blocks are (stat(2)).
    allocated: Number(blocks) * 512,
  };
}
