import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/**
 * The bytes of a file, and of nothing else: to open a pipe would wait for whoever writes to it, for ever.
 * @throws an error that is about no file; the system's own errors
 */
export async function readRegularFile(path: string): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFile()) throw new Error('it is no file');
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
