import { access } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { failure, systemCode } from '../engine/errors.ts';
import { readChecksumList, type ChecksumList } from './checksum-list.ts';
import type { Digests } from './digests.ts';
import { VERIFY_ERRORS } from './verify-errors.ts';
import { verifyFiles, type FilesOptions, type VerifyResult, type VerifyWish } from './verify-files.ts';

/**
 * Compares files with a list of checksums: those that are named or, when none are, those of the list that are beside
 * it. A named file that the list does not know is a problem of that file only (VERIFY_NOT_LISTED). Lines of the list
 * that are not used are a warning (VERIFY_LIST_LINES_IGNORED).
 * @throws LoopstickError VERIFY_LIST_…, VERIFY_NOT_A_FILE, VERIFY_NONE_PRESENT; the system's own errors for the list; the signal's reason
 */
export async function verifyListed(
  engine: Engine,
  listPath: string,
  files: readonly string[],
  options: FilesOptions,
): Promise<VerifyResult[]> {
  const list = await readChecksumList(listPath);
  const [line] = list.ignored;
  if (line !== undefined) {
    const values = { file: listPath, count: list.ignored.length, line };
    engine.events.emit('warning', failure(VERIFY_ERRORS.linesIgnored, values));
  }
  if (files.length === 0) {
    const present = await presentFiles(list, listPath);
    if (present.length === 0) throw failure(VERIFY_ERRORS.noneListed, { list: listPath });
    return verifyFiles(engine, present, options);
  }
  const known = files.map((file) => ({ file, expected: digestsInList(list, listPath, file) }));
  const wishes = known.flatMap(({ file, expected }) => (expected === undefined ? [] : [{ file, expected }]));
  const results = await verifyFiles(engine, wishes, options);
  return known.map(({ file, expected }) => {
    const result = expected === undefined ? undefined : results.shift();
    const problem = failure(VERIFY_ERRORS.notListed, { list: listPath, file });
    return result ?? { file, ok: false, size: undefined, expected: {}, actual: {}, problem };
  });
}

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
