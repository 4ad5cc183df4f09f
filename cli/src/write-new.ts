import { open, rm } from 'node:fs/promises';

import { failure, systemCode } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';

/**
 * Writes a file that is not there yet, in pieces if need be.
 * @throws LoopstickError CLI_OUTPUT_EXISTS; the system's own errors
 */
export async function writeNew(
  path: string,
  content: string | Uint8Array | Iterable<string>,
  mode = 0o666,
): Promise<void> {
  const file = await open(path, 'wx', mode).catch((cause: unknown) => {
    if (systemCode(cause) === 'EEXIST') throw failure(CLI_ERRORS.outputExists, { file: path }, { cause });
    throw cause;
  });
  try {
    const isWhole = typeof content === 'string' || content instanceof Uint8Array;
    for (const piece of isWhole ? [content] : content) await file.writeFile(piece);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
