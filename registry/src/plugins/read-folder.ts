import { constants } from 'node:fs';
import { lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '@loopstick/core';

import { PackageIntake, type PackageFile } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';

/** What people have beside a plugin while they write it, and no plugin brings. */
export const WORKSHOP: ReadonlySet<string> = new Set(['node_modules', '.git']);

/**
 * The files of a folder.
 * @param name as messages call it
 * @param leftOut names directly in it that do not count
 * @throws LoopstickError of PackageIntake, PLUGIN_PACKAGE_UNREADABLE; the system's own errors
 */
export async function readFolder(
  directory: string,
  name: string,
  leftOut: ReadonlySet<string> = new Set(),
): Promise<readonly PackageFile[]> {
  const intake = new PackageIntake(name);
  const names = (await readdir(directory)).filter((entry) => !leftOut.has(entry));
  await take(directory, '', names, intake);
  return intake.files;
}

async function take(directory: string, prefix: string, names: readonly string[], intake: PackageIntake): Promise<void> {
  for (const entry of [...names].sort()) {
    const path = `${prefix}${entry}`;
    const stat = await lstat(join(directory, path));
    const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : stat.isSymbolicLink() ? 'link' : 'other';
    intake.announce(path, type, stat.size);
    const full = join(directory, path);
    if (type === 'folder') await take(directory, `${path}/`, await readdir(full), intake);
    else intake.add(path, await readWhole(full, stat.size));
  }
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
