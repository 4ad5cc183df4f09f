/** Which process wrote something down, so that others can tell later whether it still runs. */
import { createHash } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

import { z } from 'zod';

import { systemCode } from './errors.ts';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** Tells machines with the same name apart (machine-id(5), hashed as it asks for); empty where there is none. */
  readonly machine: string;
  /** Tells this boot of the machine from others; empty where the system does not say. */
  readonly boot: string;
  /** Start time of the process, since process ids are used again; empty where the system does not say. */
  readonly started: string;
  /**
   * The spaces that the process id and its start time are of, since containers on one machine may count their own
   * (pid_namespaces(7), time_namespaces(7)); empty where the system does not say.
   */
  readonly namespace: string;
}

export const processIdentitySchema: z.ZodType<ProcessIdentity, unknown> = z.object({
  pid: z.int().positive(),
  host: z.string().max(255),
  machine: z.string().max(64).default(''),
  boot: z.string().max(64),
  started: z.string().max(64),
  namespace: z.string().max(64).default(''),
});

/** This process. */
export async function thisProcess(): Promise<ProcessIdentity> {
  const { pid } = process;
  const [machine, boot, started, namespace] = await Promise.all([machineId(), bootId(), startOf(pid), namespaceId()]);
  return { pid, host: hostname(), machine, boot, started, namespace };
}

/** `elsewhere`: on another machine or in another container, about whose processes nothing can be said from here. */
export async function lookForProcess(process: ProcessIdentity): Promise<'running' | 'ended' | 'elsewhere'> {
  if (process.host !== hostname()) return 'elsewhere';
  const machine = await machineId();
  if (process.machine !== '' && machine !== '' && process.machine !== machine) return 'elsewhere';
  const boot = await bootId();
  if (boot !== '' && process.boot !== boot) return 'ended';
  if (process.namespace !== (await namespaceId())) return 'elsewhere';
  if (!exists(process.pid)) return 'ended';
  const started = await startOf(process.pid);
  if (started === 'gone') return 'ended';
  // What cannot be read says nothing: with too many open files, or of another user's process.
  return process.started === '' || started === '' || started === process.started ? 'running' : 'ended';
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

/** Clock ticks from boot to the start of the process (proc(5), field 22); empty where /proc does not know it. */
async function startOf(pid: number): Promise<string> {
  // A container may have been left the /proc of its host, where this number is another process.
  if ((await readlink('/proc/self').catch(() => '')) !== String(process.pid)) return '';
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name in field 2 may hold blanks and brackets, so count from its end.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : (fields[19] ?? '');
}

async function bootId(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return text.trim();
}

async function machineId(): Promise<string> {
  const text = await readFile('/etc/machine-id', 'utf8').catch(() => '');
  if (text.trim() === '') return '';
  return createHash('sha256').update(`loopstick ${text.trim()}`).digest('hex').slice(0, 32);
}

async function namespaceId(): Promise<string> {
  const spaces = ['pid', 'time'].map((space) => readlink(`/proc/self/ns/${space}`).catch(() => ''));
  return (await Promise.all(spaces)).join(' ').trim();
}
