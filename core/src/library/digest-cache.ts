import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { writeFileDurably } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { makeFolder } from '../engine/make-folder.ts';
import type { HashOptions } from '../verify/hash.ts';
import { digestWholeFile } from '../verify/whole-file.ts';
import { SHA256 } from './library-names.ts';
import { isUnwritable } from './record.ts';
import { look, type FileLook } from './stamp.ts';

/** A file of the user's whose digest is known. */
export interface KnownFile {
  readonly path: string;
  readonly sha256: string;
  /** How it looked before it was read. */
  readonly look: FileLook;
}

/** What was found out about files that are not in the library, so that they are not read at each run. */
export interface DigestCache {
  /** Reads the file only when it has changed since it was read last. @throws what digestWholeFile throws */
  digest(path: string, options: HashOptions): Promise<KnownFile>;
  /** The file looks different now, but its content is what it was: it got another name, for instance. */
  renew(known: KnownFile): Promise<void>;
  /** Without space or permission nothing is saved, and nothing lost but time. */
  save(): Promise<void>;
}

interface Entry {
  readonly stamp: string;
  readonly sha256: string;
}

// More files of the size of a wanted image than anybody has.
const MOST = 5_000;

const cacheSchema: z.ZodType<{ schema: 1; files: Record<string, Entry> }, unknown> = z.object({
  schema: z.literal(1),
  files: z.record(z.string(), z.object({ stamp: z.string().max(200), sha256: z.string().regex(SHA256) })),
});

/** `<cache>/digests.json`. What cannot be read is as good as empty; of two processes that save, the last one wins. */
export async function openDigestCache({ context }: Pick<Engine, 'context'>): Promise<DigestCache> {
  const place = join(context.paths.cache, 'digests.json');
  const files = new Map<string, Entry>(Object.entries(await readCache(place)));
  let changed = false;
  const remember = (path: string, entry: Entry): void => {
    // To its end: the oldest go first.
    files.delete(path);
    files.set(path, entry);
    changed = true;
  };
  return {
    async digest(path, options) {
      const before = await look(path);
      const known = files.get(path);
      if (known?.stamp === before.stamp) return { path, sha256: known.sha256, look: before };
      const { sha256 = '' } = (await digestWholeFile(path, ['sha256'], options)).digests;
      if ((await look(path)).stamp === before.stamp) remember(path, { stamp: before.stamp, sha256 });
      return { path, sha256, look: before };
    },
    async renew({ path, sha256, look: before }) {
      const now = await look(path);
      if (now.content === before.content) remember(path, { stamp: now.stamp, sha256 });
    },
    async save() {
      if (!changed) return;
      const json = JSON.stringify({ schema: 1, files: Object.fromEntries([...files].slice(-MOST)) });
      try {
        await makeFolder(context.paths.cache);
        await writeFileDurably(place, `${json}\n`, Buffer.from(context.random(6)).toString('hex'));
        changed = false;
      } catch (error) {
        if (!isUnwritable(error)) throw error;
      }
    },
  };
}

async function readCache(path: string): Promise<Record<string, Entry>> {
  try {
    return cacheSchema.parse(JSON.parse(await readFile(path, 'utf8'))).files;
  } catch {
    return {};
  }
}
