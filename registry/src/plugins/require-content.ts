import { failure, isLoopstickError } from '@loopstick/core';

import { contentHash } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import { sourceWords, type LockEntry } from './plugin-lock.ts';
import { readFolder } from './read-folder.ts';

/**
 * Reads all files of an installed plugin and compares them with what was installed.
 * @throws LoopstickError PLUGIN_CHANGED; the system's own errors
 */
export async function requireContent(id: string, entry: LockEntry, directory: string): Promise<void> {
  let content: string | undefined;
  let cause: unknown;
  try {
    content = contentHash(await readFolder(directory, directory));
  } catch (error) {
    // A link, or a device: nothing of the kind was installed.
    if (!isLoopstickError(error)) throw error;
    cause = error;
  }
  if (content !== undefined && content === entry.content) return;
  const values = { plugin: id, directory, source: sourceWords(id, entry) };
  throw failure(PLUGIN_ERRORS.changed, values, { cause, pluginId: id });
}
