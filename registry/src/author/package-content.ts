import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, systemCode } from '@loopstick/core';

import { PackageIntake, type PackageFile } from '../plugins/package-files.ts';
import { readFolder, WORKSHOP } from '../plugins/read-folder.ts';
import { AUTHOR_ERRORS } from './author-errors.ts';

/** What a package has besides what `files` names, as npm does it. */
const ALWAYS = /^(?:package\.json|(?:readme|licen[cs]e|notice)(?:\.\w+)?)$/i;

/**
 * The files of a project that belong into its package, by their paths: with `files` in its package.json those, and else
 * all that are not hidden.
 * @throws LoopstickError PLUGIN_FILES_INVALID; those of readFolder; the system's own errors
 */
export async function packageContent(directory: string): Promise<readonly PackageFile[]> {
  const wanted = await wantedFiles(directory);
  const all = await readFolder(directory, directory, WORKSHOP);
  const isIn = (path: string): boolean =>
    wanted === undefined
      ? !path.startsWith('.') && !path.endsWith('.tgz')
      : ALWAYS.test(path) || wanted.some((each) => path === each || path.startsWith(`${each}/`));
  const missing = wanted?.find((each) => !all.some(({ path }) => path === each || path.startsWith(`${each}/`)));
  if (missing !== undefined) throw failure(AUTHOR_ERRORS.badFiles, { problem: `there is no "${missing}"` });
  // In an order of its own, whatever the file system's is. All paths are ASCII.
  const files = all.filter(({ path }) => isIn(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  const intake = new PackageIntake(directory);
  for (const { path, bytes } of files) intake.announce(path, 'file', bytes.length);
  return files;
}

/** Undefined when all are wanted. */
async function wantedFiles(directory: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch((error: unknown) => {
    // A plugin that is one document has none.
    if (systemCode(error) === 'ENOENT') return '{}';
    throw error;
  });
  const { files } = JSON.parse(text) as { readonly files?: unknown };
  if (files === undefined) return undefined;
  const isList = Array.isArray(files) && files.every((each) => typeof each === 'string');
  if (!isList) throw failure(AUTHOR_ERRORS.badFiles, { problem: 'it is no list of names' });
  return files.map((each) => {
    const name = each.replace(/^\.?\//, '').replace(/\/(?:\*\*?)?$/, '');
    if (/[*?[\]{}!]/.test(name)) throw failure(AUTHOR_ERRORS.badFiles, { problem: `"${each}" is a pattern` });
    return name;
  });
}
