/**
 * What the library knows of a file beside the file: `<sha256>.json`. When the record itself was written or touched last
 * says when the file was used last, so that using a file needs no space.
 */
import { readFile, stat, utimes } from 'node:fs/promises';

import { z } from 'zod';

import type { Context } from '../engine/context.ts';
import { writeFileDurably } from '../engine/durable.ts';
import { systemCode } from '../engine/errors.ts';
import { FILE_NAME, SHA256 } from './library-names.ts';

export interface LibraryRecord {
  readonly schema: 1;
  readonly sha256: string;
  readonly file: string;
  /** Of the file when it was last known to have this digest; see stamp.ts. */
  readonly stamp: string;
  /** Id of the image that it is, by the catalog of that time. */
  readonly image?: string | undefined;
  /** ISO 8601, UTC. */
  readonly addedAt?: string | undefined;
}

const recordSchema: z.ZodType<LibraryRecord, unknown> = z.object({
  schema: z.literal(1),
  sha256: z.string().regex(SHA256),
  file: z.string().regex(FILE_NAME),
  stamp: z.string().max(200),
  image: z.string().max(500).optional(),
  addedAt: z.iso.datetime().optional(),
});

/** A record that cannot be read is as good as none: the file is hashed then. */
export async function readRecord(path: string): Promise<LibraryRecord | undefined> {
  try {
    return recordSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

export async function writeRecord(path: string, record: LibraryRecord, context: Context): Promise<void> {
  const suffix = Buffer.from(context.random(6)).toString('hex');
  await writeFileDurably(path, `${JSON.stringify(record)}\n`, suffix);
}

/** When the file was used last; undefined without a record. */
export async function usedAt(path: string): Promise<Date | undefined> {
  return stat(path).then(
    ({ mtime }) => mtime,
    () => undefined,
  );
}

/** Notes that the file is used. A library that may not be written to can be used all the same. */
export async function touchRecord(path: string, context: Context): Promise<void> {
  const now = context.now();
  await utimes(path, now, now).catch(() => undefined);
}

/** Whether nothing worse happened than that this place takes no notes. */
export function isUnwritable(error: unknown): boolean {
  return ['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(systemCode(error) ?? '');
}
