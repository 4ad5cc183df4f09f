import { close, constants, createReadStream, fstat, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';

import { ENGINE_ERRORS } from '../engine/engine-errors.ts';
import { failure, reasonOf, systemCode } from '../engine/errors.ts';
import type { CatalogSource } from '../engine/hooks.ts';
import { formatBytes } from '../engine/units.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { documentJson } from './document-json.ts';

const openFile = promisify(open);
const closeFile = promisify(close);
const statOf = promisify(fstat);

/** The largest catalog file that is read, in bytes: 100,000 images take about 70 MB. */
export const CATALOG_FILE_LIMIT: number = 100 * 1024 * 1024;

/** A source that the user named: when it fails, so does the run, because going on without it is not what was asked. */
export interface RequiredCatalogSource extends CatalogSource {
  readonly required: true;
}

/**
 * A catalog document in a file, for `engine.own.catalogSource`. Its layer is `custom`: it wins over all others, and
 * its evidence is never better than `none`.
 *
 * Reading throws LoopstickError CATALOG_FILE_UNREADABLE, CATALOG_FILE_TOO_LARGE or, for what is no JSON,
 * CATALOG_MALFORMED.
 */
export function catalogFileSource(path: string): RequiredCatalogSource {
  return {
    name: fileSourceName(path),
    layer: 'custom',
    required: true,
    async read({ signal }) {
      return documentJson(await readCatalogFile(path, signal, 'streams'), path);
    },
  };
}

/** What the catalog calls a file that speaks in it. */
export function fileSourceName(path: string): string {
  return `file:${path}`;
}

export function isRequired(source: CatalogSource): boolean {
  return 'required' in source && source.required === true;
}

/** Files alone, or also what is read once from its beginning to its end, such as a pipe: `--catalog <(program)`. */
type Readables = 'files' | 'streams';

/** @throws LoopstickError CATALOG_FILE_UNREADABLE, CATALOG_FILE_TOO_LARGE */
export async function readCatalogFile(
  path: string,
  signal: AbortSignal,
  readables: Readables = 'files',
): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream = await openForReading(path, signal, readables);
    try {
      // One byte more than allowed shows that there is more.
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        length += chunk.length;
        if (length > CATALOG_FILE_LIMIT) break;
      }
    } finally {
      stream.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    throw failure(CATALOG_ERRORS.fileUnreadable, { file: path, problem: reasonOf(error) }, { cause: error });
  }
  const bytes = Buffer.concat(chunks);
  if (bytes.length > CATALOG_FILE_LIMIT) {
    throw failure(CATALOG_ERRORS.fileTooLarge, { file: path, limit: formatBytes(CATALOG_FILE_LIMIT) });
  }
  return bytes;
}

/**
 * The same, of a file that a person has named to do something with it.
 * @throws LoopstickError FILE_NOT_FOUND as well
 */
export async function readNamedCatalogFile(
  file: string,
  signal: AbortSignal,
  readables: Readables = 'files',
): Promise<Uint8Array> {
  try {
    return await readCatalogFile(file, signal, readables);
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') throw failure(ENGINE_ERRORS.fileMissing, { file }, { cause });
    throw cause;
  }
}

/**
 * A stream of a file or a pipe. An ordinary open of a named pipe waits for its other end, and nothing can interrupt
 * that; this one does not wait, and reading it, which does, ends with the signal. The stream owns the descriptor and is
 * the only one to close it: closed twice, it may be somebody else's by then.
 */
async function openForReading(path: string, signal: AbortSignal, readables: Readables): Promise<Readable> {
  const fd = await openFile(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await statOf(fd);
    if (found.isFIFO() && readables === 'streams') return new Socket({ fd, readable: true, writable: false, signal });
    if (readables === 'files' && !found.isFile() && !found.isDirectory()) throw new Error('it is no file');
    return createReadStream('', { fd, signal });
  } catch (error) {
    await closeFile(fd);
    throw error;
  }
}
