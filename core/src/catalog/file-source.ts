import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

import { failure, reasonOf } from '../engine/errors.ts';
import type { CatalogSource } from '../engine/hooks.ts';
import { formatBytes } from '../engine/units.ts';
import { CATALOG_ERRORS } from './catalog-errors.ts';
import { documentJson } from './document-json.ts';

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
      return documentJson(await readCatalogFile(path, signal), path);
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

/** @throws LoopstickError CATALOG_FILE_UNREADABLE, CATALOG_FILE_TOO_LARGE */
export async function readCatalogFile(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream = await openForReading(path, signal);
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
 * A stream of a file, or of a pipe as in `--catalog <(program)`. An ordinary open of a named pipe waits for its other
 * end, and nothing can interrupt that; this one does not wait, and a pipe that nobody writes to is empty.
 */
async function openForReading(path: string, signal: AbortSignal): Promise<Readable> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await handle.stat()).isFIFO()) return handle.createReadStream({ signal });
    const socket = new Socket({ fd: handle.fd, readable: true, writable: false, signal });
    socket.once('close', () => void handle.close().catch(() => undefined));
    return socket;
  } catch (error) {
    await handle.close();
    throw error;
  }
}
