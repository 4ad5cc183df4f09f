import { constants } from 'node:fs';
import { link, open, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { systemCode } from '../../engine/errors.ts';
import { requireFile } from './part-file.ts';
import type { LockFiles } from './take-lock.ts';

/** In bytes; the host's name is the longest part of it. */
const LONGEST_LOCK = 4096;

// link(2), "ERRORS": what file systems without second names say.
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** Lock files on a real file system, by their paths. */
export const LOCK_FILES: LockFiles = { write, link: linkFile, read, remove: (name) => rm(name, { force: true }), list };

async function write(name: string, content: string): Promise<boolean> {
  const handle = await open(name, 'wx').catch((error: unknown) => {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  });
  if (handle === undefined) return false;
  try {
    await handle.writeFile(content);
    // Without it, a power loss may leave the name and not the content.
    await handle.sync();
  } catch (error) {
    await rm(name, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return true;
}

async function linkFile(from: string, to: string): ReturnType<LockFiles['link']> {
  try {
    await link(from, to);
    return 'linked';
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') return 'taken';
    if (code === 'ENOENT') return 'gone';
    if (NO_LINKS.includes(code)) return 'unsupported';
    throw error;
  }
}

/** @throws LoopstickError DOWNLOAD_NOT_A_FILE */
async function read(name: string): Promise<string | undefined> {
  try {
    await requireFile(name);
    const handle = await open(name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_LOCK), 0, LONGEST_LOCK, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function list(beginning: string): Promise<string[]> {
  const folder = dirname(beginning);
  return (await readdir(folder)).map((name) => join(folder, name)).filter((path) => path.startsWith(beginning));
}
