import { link, lstat, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemCode } from './errors.ts';

/** Writes all of `bytes` at `position`: one system call may write less, for instance on a disk that is getting full. */
export async function writeFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Renames, and makes the new name survive a power loss. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/**
 * The same, but never over something: that is EEXIST, also when it has just come into being. On FAT and its like, which
 * have no second names, something may be overwritten that comes into being in the moment between look and rename: Node
 * has no rename that refuses to (renameat2(2)), and an empty file that held the name so long would be left there by a
 * process that is killed, and stand in the way of the next one.
 */
export async function renameToFreeName(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(systemCode(error) ?? '')) throw error;
    await requireFree(to);
    await renameDurably(from, to);
    return;
  }
  await rm(from);
  await syncFolder(dirname(to));
}

/** @throws as the system does when something is to be made where something is */
async function requireFree(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  throw Object.assign(new Error(`EEXIST: file already exists, rename '${path}'`), { code: 'EEXIST', path });
}

/**
 * Replaces a small file as a whole. `suffix` makes the temporary name unique: it has to be random.
 * @param mode of the new file, less what the process's mask takes away
 */
export async function writeFileDurably(
  path: string,
  content: string | Uint8Array,
  suffix: string,
  mode: number = 0o666,
): Promise<void> {
  const temporary = `${path}.${suffix}.tmp`;
  // Outside the try: what stands at this name already is somebody else's and stays.
  const file = await open(temporary, 'wx', mode);
  try {
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await renameDurably(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(ignoreUnsupported);
  if (folder === undefined) return;
  try {
    await folder.sync().catch(ignoreUnsupported);
  } finally {
    await folder.close();
  }
}

/**
 * Not every system and file system lets a folder be opened or synced, nor does every folder's mode. The new name
 * stands by then, so its durability is all that is lost.
 */
function ignoreUnsupported(error: unknown): undefined {
  if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF'].includes(systemCode(error) ?? '')) {
    throw error;
  }
}
