/**
 * One process writes one part. The lock is a file beside it, made with exclusive create, that says who holds it: age
 * says nothing, so a lock is stale only when its owner is known to be gone.
 */
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';

import { z } from 'zod';

import type { Context } from '../../engine/context.ts';
import { failure, systemCode } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Tells this boot of the machine from others; empty where the system does not say. */
  readonly boot: string;
  /** Start time of the process, since process ids are used again; empty where the system does not say. */
  readonly started: string;
}

const ownerSchema: z.ZodType<Owner> = z.object({
  pid: z.int().positive(),
  host: z.string().max(255),
  boot: z.string().max(64),
  started: z.string().max(64),
});

// Between the creation of a lock and its content lie microseconds; without content for longer, its owner was killed.
const EMPTY_LOCK_MS = 10_000;

export interface PartLock {
  release(): Promise<void>;
}

/** @throws LoopstickError DOWNLOAD_BUSY; the system's own errors */
export async function lockPart(path: string, file: string, context: Context): Promise<PartLock> {
  const own = JSON.stringify(await self());
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
    return await readFile(path, 'utf8');
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

function parse(content: string): Owner | undefined {
  try {
    return ownerSchema.safeParse(JSON.parse(content)).data;
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
  // A folder shared between machines: nothing can be said about a process of another one.
  if (owner.host !== hostname()) return true;
  if (owner.boot !== (await bootId())) return false;
  if (!exists(owner.pid)) return false;
  const started = await startOf(owner.pid);
  return started !== 'gone' && (owner.started === '' || started === owner.started);
}

async function self(): Promise<Owner> {
  const { pid } = process;
  return { pid, host: hostname(), boot: await bootId(), started: await startOf(pid) };
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return systemCode(error) !== 'ESRCH';
  }
}

/** Clock ticks from boot to the start of the process (proc(5), field 22); empty where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in field 2 may hold blanks and brackets, so count from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : (fields[19] ?? '');
}

async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}
