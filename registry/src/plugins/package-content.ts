import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { failure, systemCode } from '@loopstick/core';

import type { PackageFile } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import { readFolder } from './read-folder.ts';

/** What a package has besides what `files` names, as npm does it. */
const ALWAYS = /^(?:package\.json|(?:readme|licen[cs]e|notice)(?:\.\w+)?)$/i;
/** What people have beside a plugin while they write it, and no plugin brings. */
const WORKSHOP: readonly string[] = ['node_modules', '.git'];

/**
 * The files of a project that belong into its package, by their paths: with `files` in its package.json those, and else
 * all that are not hidden. Whatever else there is, such as tests, is not looked at.
 * @param name as messages call it
 * @throws LoopstickError PLUGIN_FILES_INVALID; those of readFolder; the system's own errors
 */
export async function packageContent(directory: string, name: string = directory): Promise<readonly PackageFile[]> {
  const wanted = await wantedFiles(directory);
  const isIn = (path: string): boolean =>
    wanted === undefined
      ? !path.startsWith('.') && !path.endsWith('.tgz')
      : ALWAYS.test(path) || wanted.some((each) => path === each || path.startsWith(`${each}/`));
  const leadsIn = (path: string): boolean => wanted?.some((each) => each.startsWith(`${path}/`)) === true;
  const files = await readFolder(directory, name, (path) => !WORKSHOP.includes(path) && (isIn(path) || leadsIn(path)));
  const missing = wanted?.find((each) => !files.some(({ path }) => path === each || path.startsWith(`${each}/`)));
  if (missing !== undefined) throw failure(PLUGIN_ERRORS.badFiles, { problem: `there is no "${missing}"` });
  // In an order of its own, whatever the file system's is. All paths are ASCII.
  return files.filter(({ path }) => isIn(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Undefined when all are wanted, or when it is left to others to say what is wrong with its package.json. */
async function wantedFiles(directory: string): Promise<readonly string[] | undefined> {
  const text = await readFile(join(directory, 'package.json'), 'utf8').catch((error: unknown) => {
    // A plugin that is one document has none.
    if (systemCode(error) === 'ENOENT') return '{}';
    throw error;
  });
  const files = filesField(text);
  if (files === undefined) return undefined;
  const isList = Array.isArray(files) && files.every((each) => typeof each === 'string');
  if (!isList) throw failure(PLUGIN_ERRORS.badFiles, { problem: 'it is no list of names' });
  return files.map((each) => {
    const name = each.replace(/^\.?\//, '').replace(/\/(?:\*\*?)?$/, '');
    if (/[*?[\]{}!]/.test(name)) throw failure(PLUGIN_ERRORS.badFiles, { problem: `"${each}" is a pattern` });
    return name;
  });
}

function filesField(packageJson: string): unknown {
  try {
    return (JSON.parse(packageJson) as { readonly files?: unknown } | null)?.files;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
