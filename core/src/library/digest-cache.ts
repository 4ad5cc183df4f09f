import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writeFileDurably } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import type { HashOptions } from '../verify/hash.ts';
import { digestWholeFile } from '../verify/whole-file.ts';
import { DIGESTS, SHA256 } from './library-names.ts';
import { look, type FileLook } from './stamp.ts';

/** A file of the user's whose digest is known. */
export interface KnownFile {
  readonly path: string;
  readonly sha256: string;
  /** How it looked before it was read. */
  readonly look: FileLook;
}

/**
 * What was found out about files that are not in the library, so that they are not read at each run:
 * `<cache>/digests/<SHA-256 of the path>.json`, a file for each, because several searches may run at the same time.
 */
export interface DigestCache {
  /** Reads the file only when it has changed since it was read last. @throws what digestWholeFile throws */
  digest(path: string, options: HashOptions): Promise<KnownFile>;
  /** The file looks different now, but its content is what it was: it got another name, for instance. */
  renew(known: KnownFile): Promise<void>;
}

interface Note {
  readonly schema: 1;
  readonly path: string;
  readonly stamp: string;
  readonly sha256: string;
}

const noteSchema: z.ZodType<Note, unknown> = z.object({
  schema: z.literal(1),
  path: z.string(),
  stamp: z.string().max(200),
  sha256: z.string().regex(SHA256),
});

/** Where nothing can be noted, for whatever reason the system has, nothing is lost but time. */
export function openDigestCache({ context }: Pick<Engine, 'context'>): DigestCache {
  const folder = join(context.paths.cache, DIGESTS);
  const placeOf = (path: string): string => join(folder, `${createHash('sha256').update(path).digest('hex')}.json`);
  const note = async (path: string, stamp: string, sha256: string): Promise<void> => {
    const text = JSON.stringify({ schema: 1, path, stamp, sha256 } satisfies Note);
    try {
      await makeFolder(folder);
      await writeFileDurably(placeOf(path), `${text}\n`, Buffer.from(context.random(6)).toString('hex'));
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  };
  return {
    async digest(path, options) {
      const before = await look(path);
      const known = await readNote(placeOf(path));
      if (known?.path === path && known.stamp === before.stamp) return { path, sha256: known.sha256, look: before };
      const { sha256 = '' } = (await digestWholeFile(path, ['sha256'], options)).digests;
      if ((await look(path)).stamp === before.stamp) await note(path, before.stamp, sha256);
      return { path, sha256, look: before };
    },
    async renew({ path, sha256, look: before }) {
      const now = await look(path);
      if (now.content === before.content) await note(path, now.stamp, sha256);
    },
  };
}

/** What cannot be read is as good as none. */
async function readNote(place: string): Promise<Note | undefined> {
  try {
    return noteSchema.safeParse(JSON.parse(await readFile(place, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
