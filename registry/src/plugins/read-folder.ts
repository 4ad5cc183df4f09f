import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '@loopstick/core';

import { PackageIntake, type PackageFile } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';

/**
 * The files of a folder.
 * @param name as messages call it
 * @param isWanted by path; of a folder that is not, nothing is looked at
 * @throws LoopstickError of PackageIntake, PLUGIN_PACKAGE_UNREADABLE; the system's own errors
 */
export async function readFolder(
  directory: string,
  name: string,
  isWanted: (path: string) => boolean = () => true,
): Promise<readonly PackageFile[]> {
  const intake = new PackageIntake(name);
  const take = async (prefix: string): Promise<void> => {
    const paths = (await readdir(join(directory, prefix))).map((entry) => `${prefix}${entry}`);
    for (const path of paths.filter(isWanted).sort()) {
      const full = join(directory, path);
      const stat = await lstat(full);
      const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other';
      intake.announce(path, type, stat.size);
      if (type === 'folder') await take(`${path}/`);
      else intake.add(path, await readWhole(full, stat.size));
    }
  };
  await take('');
  return intake.files;
}

/** Follows no link and reads no more than there was when it was looked at. */
async function readWhole(path: string, size: number): Promise<Uint8Array> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(size + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      length += bytesRead;
      if (bytesRead === 0 || length === bytes.length) break;
    }
    if (length !== size) throw failure(PLUGIN_ERRORS.unreadable, { package: path, problem: 'it is changing' });
    return bytes.subarray(0, size);
  } finally {
    await handle.close();
  }
}
