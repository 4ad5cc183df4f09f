/**
 * Who is reading files of the library: a note for each, `<library>/readers/<random>.json`, that says which process it is
 * and what it wants. Locks would let only one read at a time, and a second name of each file would change its inode, by
 * which the library knows it. A note of a process that has ended says nothing any more.
 */
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { z } from 'zod';

import { writeFileDurably } from '../engine/durable.ts';
import type { Engine } from '../engine/engine.ts';
import { makeFolder } from '../engine/make-folder.ts';
import {
  lookForProcess,
  processIdentitySchema,
  thisProcess,
  type ProcessIdentity,
} from '../engine/process-identity.ts';
import { READERS, SHA256 } from './library-names.ts';
import { filesIn, ignoreMissing, openLibrary } from './library.ts';
import { unlessDownloading } from './parts.ts';
import { isUnwritable } from './record.ts';

interface Note {
  readonly schema: 1;
  readonly reader: ProcessIdentity;
  readonly digests: readonly string[];
}

const noteSchema: z.ZodType<Note, unknown> = z.object({
  schema: z.literal(1),
  reader: processIdentitySchema,
  digests: z.array(z.string().regex(SHA256)),
});

// Nobody can see from here whether a process on another machine or in another container still runs, and no build takes
// that long. What is removed too early is missing loudly.
const UNSEEN_MS = 24 * 3600 * 1000;

// A removal takes milliseconds. Who takes longer is downloading the file anew, and then it is not removed.
const REMOVAL_MS = 2000;
const POLL_MS = 50;

/**
 * Does something that needs files of the library to stay, from before they are looked for until they have been read:
 * while it is done, nobody removes them. Where the library cannot be written to, it is done all the same.
 * @param digests SHA-256 of what is wanted, whether it is there or still has to come
 * @throws what `work` throws; the system's own errors; the signal's reason
 */
export async function whileReading<T>(
  engine: Engine,
  digests: readonly string[],
  { signal }: { readonly signal: AbortSignal },
  work: () => Promise<T>,
): Promise<T> {
  if (digests.length === 0) return work();
  const note = await announce(engine, digests);
  try {
    if (note !== undefined) for (const sha256 of digests) await outwaitRemoval(engine, sha256, signal);
    return await work();
  } finally {
    if (note !== undefined) await rm(note, { force: true });
  }
}

/** The digests of all files that somebody is reading. Removes notes that say nothing any more. */
export async function digestsBeingRead(engine: Engine): Promise<ReadonlySet<string>> {
  const folder = join(openLibrary(engine).folder, READERS);
  const digests = new Set<string>();
  for (const name of (await readdir(folder).catch(ignoreMissing)) ?? []) {
    const path = join(folder, name);
    const info = await stat(path).catch(ignoreMissing);
    if (info === undefined) continue;
    const isRecent = engine.context.now().getTime() - info.ctimeMs < UNSEEN_MS;
    const note = await readNote(path);
    const found = note === undefined ? 'elsewhere' : await lookForProcess(note.reader);
    if (found === 'running' || (found === 'elsewhere' && isRecent)) note?.digests.forEach((each) => digests.add(each));
    else await rm(path, { force: true });
  }
  return digests;
}

/** Undefined where nothing can be noted. */
async function announce(engine: Engine, digests: readonly string[]): Promise<string | undefined> {
  const folder = join(openLibrary(engine).folder, READERS);
  const name = Buffer.from(engine.context.random(8)).toString('hex');
  const path = join(folder, `${name}.json`);
  const note: Note = { schema: 1, reader: await thisProcess(), digests };
  try {
    await makeFolder(folder);
    await writeFileDurably(path, `${JSON.stringify(note)}\n`, name);
    return path;
  } catch (error) {
    if (isUnwritable(error)) return undefined;
    throw error;
  }
}

/** Whoever removes a file holds its lock before he asks who is reading: with the lock free, he has asked or will. */
async function outwaitRemoval(engine: Engine, sha256: string, signal: AbortSignal): Promise<void> {
  const library = openLibrary(engine);
  for (const file of await filesIn(join(library.folder, sha256))) {
    const path = library.pathFor(sha256, file);
    for (let waited = 0; waited < REMOVAL_MS; waited += POLL_MS) {
      if (await unlessDownloading(engine, path, () => Promise.resolve(true))) break;
      await sleep(POLL_MS, undefined, { signal }).catch(() => {
        signal.throwIfAborted();
      });
    }
  }
}

/** One that cannot be read may be of a newer version. */
async function readNote(path: string): Promise<Note | undefined> {
  try {
    return noteSchema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
