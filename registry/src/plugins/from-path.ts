import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { DATA_MANIFEST, ENGINE_ERRORS, failure, formatBytes, systemCode } from '@loopstick/core';

import type { FoundPackage } from './found-package.ts';
import { packageContent } from './package-content.ts';
import { integrityOf, TARBALL_LIMIT } from './package-files.ts';
import { PLUGIN_ERRORS } from './plugin-errors.ts';
import { readTarball } from './read-tarball.ts';

/**
 * A plugin of this machine: a folder, of which what its package would have counts, a tarball, or one document.
 * @param path absolute
 * @throws LoopstickError FILE_NOT_FOUND; those of readTarball and packageContent; the system's own errors
 */
export async function fromPath(path: string): Promise<FoundPackage> {
  const found = await stat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') throw failure(ENGINE_ERRORS.fileMissing, { file: path }, { cause: error });
    throw error;
  });
  const name = basename(path);
  if (found.isDirectory()) {
    return { name, files: await packageContent(path, name), source: { type: 'folder', path } };
  }
  const bytes = await readCapped(path, name);
  if (path.toLowerCase().endsWith('.json')) {
    return { name, files: [{ path: DATA_MANIFEST, bytes }], source: { type: 'folder', path } };
  }
  const files = await readTarball(bytes, name);
  return { name, files, source: { type: 'tarball', path }, integrity: integrityOf(bytes) };
}

async function readCapped(path: string, name: string): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    if (size <= TARBALL_LIMIT) return await handle.readFile();
  } finally {
    await handle.close();
  }
  throw failure(PLUGIN_ERRORS.tooLarge, { package: name, limit: formatBytes(TARBALL_LIMIT) });
}
