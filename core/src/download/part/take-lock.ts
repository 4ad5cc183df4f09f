/**
 * How one of several processes comes to own a lock that a file stands for. The rules need nothing of a file system but
 * that a name is given to one of those who want it, and hold for each order in which their steps may follow each other.
 *
 * - A lock is made by giving a finished file a second name, so it says from the first moment who owns it.
 * - Only who owns a lock removes it, or, when he is known to have ended, who owns the right to do so. That right is a
 *   lock too, named after the content of the one that it is about. No two contents are the same, so a lock that still
 *   has this content when the right is there stays until the right is used.
 */
import { createHash } from 'node:crypto';

/** What is asked of a file system. All names are in one folder; errors are the system's own. */
export interface LockFiles {
  /** Makes a new file, which is on the disk when this resolves. False when the name is taken. */
  write(name: string, content: string): Promise<boolean>;
  /** Gives a file a second name, in one step. `gone`: there is none with the first name. */
  link(from: string, to: string): Promise<'linked' | 'taken' | 'gone' | 'unsupported'>;
  read(name: string): Promise<string | undefined>;
  /** Nothing to remove is no error. */
  remove(name: string): Promise<void>;
  /** The names that begin so. */
  list(beginning: string): Promise<readonly string[]>;
}

/** Who wants a lock. */
export interface Claim {
  /** Tells of its owner, and is never used again. */
  readonly content: string;
  /** Random bytes. */
  readonly random: (length: number) => Uint8Array;
  /** Whether the owner that this content tells of will certainly do nothing any more. */
  readonly hasEnded: (content: string) => Promise<boolean>;
}

// Each time it was free, and then somebody else's or free again, before it could be taken.
const MOST_TRIES = 10;

/** Of the names beside a lock. */
const MARK_BYTES = 6;
const MARK = /^\.[0-9a-f]{12}$/;

/**
 * Undefined when the lock is owned now. Otherwise the content of whoever has it, or is about to have it: empty when that
 * is not known.
 */
export async function takeLock(files: LockFiles, lock: string, claim: Claim): Promise<string | undefined> {
  const holder = await take(files, lock, lock, claim);
  // Rubbish that cannot be taken away does no harm.
  if (holder === undefined) await sweep(files, lock).catch(() => undefined);
  return holder;
}

/** Gives up a lock, unless somebody has removed it by hand and another one has it now. */
export async function releaseLock(files: LockFiles, lock: string, content: string): Promise<void> {
  if ((await files.read(lock)) === content) await files.remove(lock);
}

async function take(files: LockFiles, lock: string, name: string, claim: Claim): Promise<string | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const held = await files.read(name);
    // On NFS the answer to the request that made it may have been lost.
    if (held === claim.content) return undefined;
    if (held === undefined) {
      if (await create(files, lock, name, claim)) return undefined;
      continue;
    }
    if (!(await claim.hasEnded(held))) return held;
    const remover = await removeStale(files, lock, name, held, claim);
    if (remover !== undefined) return remover;
  }
  return '';
}

async function create(files: LockFiles, lock: string, name: string, claim: Claim): Promise<boolean> {
  const finished = `${lock}.${Buffer.from(claim.random(MARK_BYTES)).toString('hex')}`;
  if (!(await files.write(finished, claim.content))) return false;
  try {
    const outcome = await files.link(finished, name);
    if (outcome !== 'unsupported') return outcome === 'linked';
  } finally {
    await files.remove(finished);
  }
  // FAT and its like have no second names. There a lock is empty at first, and stays so when its maker ends just then:
  // nobody knows about it then, so it is for the user to remove it.
  return files.write(name, claim.content);
}

/** Whoever is removing it already, if it is not removed. */
async function removeStale(
  files: LockFiles,
  lock: string,
  name: string,
  stale: string,
  claim: Claim,
): Promise<string | undefined> {
  const right = `${lock}.${createHash('sha256')
    .update(stale)
    .digest('hex')
    .slice(0, 2 * MARK_BYTES)}`;
  const remover = await take(files, lock, right, claim);
  if (remover !== undefined) return remover;
  try {
    if ((await files.read(name)) === stale) await files.remove(name);
  } finally {
    await releaseLock(files, right, claim.content);
  }
  return undefined;
}

/**
 * Removes what those who were killed have left beside the lock, for whoever owns it. Nobody else needs any of it: a
 * right is one to remove a lock that is no more, and whose finished file goes before it is linked makes another one.
 */
async function sweep(files: LockFiles, lock: string): Promise<void> {
  for (const name of await files.list(lock)) {
    if (MARK.test(name.slice(lock.length))) await files.remove(name);
  }
}
