/**
 * One process writes one part. The lock is a file beside it, made with exclusive create, that says who holds it: age
 * says nothing, so a lock is stale only when its owner is known to be gone.
 */
import { constants } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';

import type { Context } from '../../engine/context.ts';
import { failure, systemCode } from '../../engine/errors.ts';
import {
  lookForProcess,
  processIdentitySchema,
  thisProcess,
  type ProcessIdentity,
} from '../../engine/process-identity.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { requireFile } from './part-file.ts';

// Between the creation of a lock and its content lie microseconds; without content for longer, its owner was killed.
const EMPTY_LOCK_MS = 10_000;

/** In bytes; the host's name is the longest part of it. */
const LONGEST_LOCK = 4096;

export interface PartLock {
  release(): Promise<void>;
}

/** @throws LoopstickError DOWNLOAD_BUSY; the system's own errors */
export async function lockPart(path: string, file: string, context: Context): Promise<PartLock> {
  const own = JSON.stringify(await thisProcess());
  for (let tries = 0; tries < 5; tries++) {
    if (await create(path, own)) return { release: () => rm(path, { force: true }) };
    const held = await read(path);
    if (held === undefined) continue;
    if (await isHeld(held, path, context)) {
      throw failure(DOWNLOAD_ERRORS.busy, { file, lock: path, owner: describe(held) });
    }
    await takeAway(path, held, context);
  }
  throw failure(DOWNLOAD_ERRORS.busy, { file, lock: path, owner: 'another process' });
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(content);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    await requireFile(path);
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(LONGEST_LOCK), 0, LONGEST_LOCK, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Two processes may find the same stale lock: whoever moves a fresh one away by mistake puts it back. */
async function takeAway(path: string, stale: string, context: Context): Promise<void> {
  const aside = `${path}.${Buffer.from(context.random(6)).toString('hex')}`;
  try {
    if ((await read(path)) !== stale) return;
    await rename(path, aside);
    const moved = await read(aside);
    if (moved !== undefined && moved !== stale) await create(path, moved);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

function parse(content: string): ProcessIdentity | undefined {
  try {
    return processIdentitySchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

function describe(content: string): string {
  const owner = parse(content);
  return owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`;
}

async function isHeld(content: string, path: string, context: Context): Promise<boolean> {
  const owner = parse(content);
  if (owner === undefined) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Math.abs(context.now().getTime() - mtimeMs) < EMPTY_LOCK_MS;
  }
  // A folder shared between machines: a lock of another one is taken for held.
  return (await lookForProcess(owner)) !== 'ended';
}
