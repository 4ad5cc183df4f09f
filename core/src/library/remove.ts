import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { filesIn, openLibrary, type LibraryFile } from './library.ts';
import { unlessDownloading } from './parts.ts';
import { digestsBeingRead } from './readers.ts';

/**
 * Removes a file from the library, with its record. Other names of it stay. False when it is being downloaded anew, or
 * read.
 *
 * Its folder stays, empty: a download that begins at this moment may just have made it. sweepLibrary removes it later.
 * @throws the system's own errors
 */
export function removeFromLibrary(engine: Engine, { path, sha256 }: LibraryFile): Promise<boolean> {
  return unlessDownloading(engine, path, async () => {
    // Not before the file is locked; see readers.ts.
    if ((await digestsBeingRead(engine)).has(sha256)) return false;
    await rm(path, { force: true });
    if ((await filesIn(dirname(path))).length === 0) {
      await rm(openLibrary(engine).recordFor(sha256), { force: true });
    }
    return true;
  });
}
