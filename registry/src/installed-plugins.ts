import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { systemCode } from '@loopstick/core';

/**
 * The folders of the plugins that the user has installed: those directly below `<data>/plugins`, in alphabetical
 * order. Hidden folders are installations under way.
 * @param dataDirectory `paths.data` of the context
 */
export async function installedPlugins(dataDirectory: string): Promise<string[]> {
  const root = join(dataDirectory, 'plugins');
  try {
    const entries = await readdir(root, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => join(root, entry.name))
      .sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}
