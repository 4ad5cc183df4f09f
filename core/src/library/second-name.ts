/** What a second name of a library's file, a hard link, asks of the library. */
import { chmod, stat } from 'node:fs/promises';
import { basename } from 'node:path';

import { Meter } from '../download/meter.ts';
import type { Engine } from '../engine/engine.ts';
import { hashFile } from '../verify/hash.ts';
import { openLibrary } from './library.ts';
import { isUnwritable, readRecord, type LibraryRecord } from './record.ts';
import { look, type FileLook } from './stamp.ts';

interface Stored {
  readonly file: string;
  readonly sha256: string;
}

/** Whether a file that looks like this is what the library believes: by its record, or else by a full hash. */
export async function isIntact(
  engine: Engine,
  { file, sha256 }: Stored,
  now: FileLook,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await recordOf(engine, { file, sha256 }))?.stamp === now.stamp) return true;
  const meter = new Meter(engine, 'hash', basename(file));
  return (await hashFile(file, { signal, onProgress: meter.report.bind(meter) })) === sha256;
}

/**
 * Lets the record follow a change of names or mode, so that it does not cost a full hash. Only when nothing else has
 * changed since the file looked like `before`, and was what it should be.
 */
export async function keepRecord(engine: Engine, stored: Stored, before: FileLook): Promise<void> {
  const record = await recordOf(engine, stored);
  if (record === undefined || (await look(stored.file)).content !== before.content) return;
  await openLibrary(engine)
    .adopt(stored.sha256, record.file)
    .catch((error: unknown) => {
      if (!isUnwritable(error)) throw error;
    });
}

/** Nobody may write to it by any of its names any more: most programs then refuse to change it in place. */
export async function forbidWriting(file: string): Promise<void> {
  const { mode } = await stat(file);
  await chmod(file, mode & 0o7555);
}

/** The record, if it is of this very file. */
async function recordOf(engine: Engine, { file, sha256 }: Stored): Promise<LibraryRecord | undefined> {
  const library = openLibrary(engine);
  const record = await readRecord(library.recordFor(sha256));
  return record?.sha256 === sha256 && library.pathFor(sha256, record.file) === file ? record : undefined;
}
