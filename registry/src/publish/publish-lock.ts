import { open, readFile, rm } from 'node:fs/promises';

import { failure, systemCode } from '@loopstick/core';

import { REGISTRY_ERRORS } from '../registry-errors.ts';
import type { RegistryFolder } from './registry-folder.ts';

/**
 * Does something to a registry that nobody else may do at the same time. Who was killed meanwhile stands in nobody's
 * way, if it was on this machine.
 * @throws LoopstickError REGISTRY_BUSY; what `work` throws; the system's own errors
 */
export async function alone<T>({ directory, lock }: RegistryFolder, work: () => Promise<T>): Promise<T> {
  if (!(await take(lock))) {
    if (!(await hasEnded(lock))) throw failure(REGISTRY_ERRORS.busy, { directory, lock });
    await rm(lock, { force: true });
    if (!(await take(lock))) throw failure(REGISTRY_ERRORS.busy, { directory, lock });
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx');
    try {
      await handle.writeFile(String(process.pid));
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function hasEnded(lock: string): Promise<boolean> {
  const pid = Number(await readFile(lock, 'utf8').catch(() => ''));
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}
