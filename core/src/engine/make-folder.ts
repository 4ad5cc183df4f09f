import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { systemCode } from './errors.ts';

/**
 * Makes a folder and those above it. Node's own `recursive` reports ENOENT where a parent cannot be made because the
 * disk is read-only (EROFS); this one keeps the system's code.
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(path);
  const error = await make(path);
  if (error === undefined) return;
  if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
  await makeFolder(parent);
  // Once more and no further: a link that leads nowhere would be made for ever.
  const again = await make(path);
  if (again !== undefined) throw again;
}

/** Resolves to why it was not made, unless something is there: what is put into it will tell what that is. */
async function make(path: string): Promise<Error | undefined> {
  try {
    await mkdir(path);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') return error as Error;
  }
  return undefined;
}
