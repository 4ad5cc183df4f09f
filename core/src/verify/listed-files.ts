import { access } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

import { systemCode } from '../engine/errors.ts';
import type { ChecksumList } from './checksum-list.ts';
import type { Digests } from './digests.ts';
import type { VerifyWish } from './verify-files.ts';

/**
 * What a list says of a file: under its place relative to the list or, because lists are moved about, under its name
 * alone when only one entry ends in it. Undefined when the list does not say.
 * @param listPath where the list stands
 */
export function digestsInList(list: ChecksumList, listPath: string, file: string): Digests | undefined {
  const exact = list.files.get(relative(resolve(dirname(listPath)), resolve(file)));
  if (exact !== undefined) return exact;
  const named = [...list.files].filter(([name]) => basename(name) === basename(file));
  return named.length === 1 ? named[0]?.[1] : undefined;
}

/** The files of a list that stand beside it, or in the folders that it names: each with what it should be. */
export async function presentFiles(list: ChecksumList, listPath: string): Promise<VerifyWish[]> {
  const wishes: VerifyWish[] = [];
  for (const [name, expected] of list.files) {
    const file = join(dirname(listPath), name);
    if (await isThere(file)) wishes.push({ file, expected });
  }
  return wishes;
}

/** What cannot be looked at for another reason is there: whoever reads it will be told the reason. */
async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ENOENT';
  }
}
