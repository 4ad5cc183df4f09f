/**
 * One process writes one part. The lock is a file beside it that says who holds it: age says nothing, so a lock is
 * stale only when its owner is known to be gone. Of a process on another machine or in another container that cannot be
 * known from here, not even by its silence: it may just have been stopped. So its lock is held until somebody who knows
 * better removes it, and the error says so.
 */
import { z } from 'zod';

import type { Context } from '../../engine/context.ts';
import { failure } from '../../engine/errors.ts';
import {
  lookForProcess,
  processIdentitySchema,
  thisProcess,
  type ProcessIdentity,
} from '../../engine/process-identity.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { LOCK_FILES } from './lock-files.ts';
import { releaseLock, takeLock } from './take-lock.ts';

export interface PartLock {
  /** Removes the lock, if it is still this one. */
  release(): Promise<void>;
}

/**
 * @param wish says to others what is to come into being, in a form that tells no secrets
 * @throws LoopstickError DOWNLOAD_BUSY, DOWNLOAD_NOT_A_FILE; the system's own errors
 */
export async function lockPart(
  path: string,
  file: string,
  { random }: Pick<Context, 'random'>,
  wish?: string,
): Promise<PartLock> {
  const token = Buffer.from(random(16)).toString('hex');
  const content = JSON.stringify({ ...(await thisProcess()), token, wish });
  const holder = await takeLock(LOCK_FILES, path, { content, random, hasEnded });
  if (holder !== undefined) {
    throw failure(DOWNLOAD_ERRORS.busy, { file, lock: path, owner: await describe(holder) });
  }
  return { release: () => releaseLock(LOCK_FILES, path, content) };
}

/** What the owner of a lock wants; undefined when it has none, or does not say. @throws as lockPart */
export async function wishOf(path: string): Promise<string | undefined> {
  const content = await LOCK_FILES.read(path);
  if (content === undefined) return undefined;
  try {
    return wishSchema.safeParse(JSON.parse(content)).data?.wish;
  } catch {
    return undefined;
  }
}

const wishSchema = z.object({ wish: z.string().optional() });

/** What says nothing of its owner is held: nobody can tell whose it is. */
async function hasEnded(content: string): Promise<boolean> {
  const owner = parse(content);
  return owner !== undefined && (await lookForProcess(owner)) === 'ended';
}

async function describe(content: string): Promise<string> {
  const owner = parse(content);
  if (owner === undefined) return 'another process';
  const where =
    (await lookForProcess(owner)) === 'elsewhere' ? `${owner.host}, which cannot be seen from here` : owner.host;
  return `process ${owner.pid} on ${where}`;
}

function parse(content: string): ProcessIdentity | undefined {
  try {
    return processIdentitySchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}
