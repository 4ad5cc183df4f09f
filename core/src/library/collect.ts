import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { systemCode } from '../engine/errors.ts';
import type { Collectable, LibraryContents } from './collect-plan.ts';
import { DIGESTS, INCOMING, SET_ASIDE } from './library-names.ts';
import { ignoreMissing, openLibrary } from './library.ts';
import { digestsIn, listLibrary } from './list.ts';
import { listParts, removePart } from './parts.ts';
import { digestsBeingRead } from './readers.ts';
import { removeFromLibrary } from './remove.ts';

export interface Collected {
  readonly removed: readonly Collectable[];
  /** Those that are being downloaded or read at present. */
  readonly busy: readonly Collectable[];
}

/** Everything that planCollection decides about. */
export async function libraryContents(engine: Engine): Promise<LibraryContents> {
  return { ...(await listLibrary(engine)), parts: await listParts(engine) };
}

/**
 * Removes what was planned, but nothing that is being downloaded or read, and sweeps away what killed runs have left.
 * @throws the system's own errors; the signal's reason
 */
export async function collectGarbage(
  engine: Engine,
  plan: readonly Collectable[],
  { signal }: { readonly signal: AbortSignal },
): Promise<Collected> {
  const removed: Collectable[] = [];
  const busy: Collectable[] = [];
  for (const each of plan) {
    signal.throwIfAborted();
    ((await remove(engine, each)) ? removed : busy).push(each);
  }
  await digestsBeingRead(engine);
  await sweepLibrary(engine);
  return { removed, busy };
}

async function remove(engine: Engine, { kind, item }: Collectable): Promise<boolean> {
  if (kind === 'file') return removeFromLibrary(engine, item);
  if (kind === 'part') return removePart(engine, item);
  await rm(item.path, { force: true });
  return true;
}

// Far longer than it takes from making a folder to locking a file in it, or than nothing is written to a growing copy.
const EMPTY_MS = 3600 * 1000;
const INCOMING_MS = 24 * 3600 * 1000;
const DIGESTS_MS = 180 * 24 * 3600 * 1000;

/** Removes empty folders, files on their way in that never arrived, and digests noted long ago. */
async function sweepLibrary(engine: Engine): Promise<void> {
  const { folder } = openLibrary(engine);
  // By the last change of the inode: what is taken in by a hard link has the modification time of the user's file.
  const isOlder = async (path: string, than: number): Promise<boolean> => {
    const info = await stat(path).catch(ignoreMissing);
    return info !== undefined && engine.context.now().getTime() - info.ctimeMs > than;
  };
  for (const [place, than] of [
    [join(folder, INCOMING), INCOMING_MS],
    [join(engine.context.paths.cache, DIGESTS), DIGESTS_MS],
  ] as const) {
    for (const name of (await readdir(place).catch(ignoreMissing)) ?? []) {
      const path = join(place, name);
      if (await isOlder(path, than)) await rm(path, { force: true });
    }
  }
  for (const parent of [folder, join(folder, SET_ASIDE)]) {
    for (const name of await digestsIn(parent)) {
      if (await isOlder(join(parent, name), EMPTY_MS)) await rmdir(join(parent, name)).catch(ignoreFull);
    }
  }
}

function ignoreFull(error: unknown): void {
  // POSIX lets rmdir say either.
  if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error;
}
