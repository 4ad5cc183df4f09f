import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { failure } from '../../engine/errors.ts';
import { ISOLATION_ERRORS } from '../isolation-errors.ts';

/** A plugin is self-contained: a few files, a few hundred at most. */
const FILES_LIMIT = 10_000;

/**
 * What a plugin's process may read of its own folder: all of it but `node_modules` and hidden files, which packages do
 * not bring and which are full of links where one is being written. Node follows links out of what it allows.
 * @throws LoopstickError PLUGIN_FOLDER_REFUSED when there is a link; the system's own errors
 */
export async function readableOf(plugin: string, folder: string): Promise<string[]> {
  const refuse = (problem: string): Error =>
    failure(ISOLATION_ERRORS.folderRefused, { plugin, problem }, { pluginId: plugin });
  // In Node's list of files that stands for anything.
  if (folder.includes('*')) throw refuse(`there is a "*" in the name of its folder, ${folder}`);
  const readable: string[] = [];
  let seen = 0;
  const walk = async (at: string, isTop: boolean): Promise<void> => {
    for (const entry of await readdir(at, { withFileTypes: true })) {
      if (isTop && (entry.name === 'node_modules' || entry.name.startsWith('.'))) continue;
      const path = join(at, entry.name);
      if (entry.isSymbolicLink()) throw refuse(`${path} is a link`);
      if (entry.name.includes('*')) throw refuse(`there is a "*" in the name ${path}`);
      if (++seen > FILES_LIMIT) throw refuse(`it has more than ${FILES_LIMIT} files`);
      if (entry.isDirectory()) await walk(path, false);
      if (isTop) readable.push(entry.isDirectory() ? join(path, '*') : path);
    }
  };
  await walk(folder, true);
  return readable;
}
