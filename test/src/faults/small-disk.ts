import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether this process may mount file systems of its own; only root can. */
export const CAN_MOUNT: boolean = mountWorks();
export const NEEDS_MOUNT: string = CAN_MOUNT ? '' : ' (skipped: only root can mount a small file system)';

function mountWorks(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'loopstick-mount-'));
  try {
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder]).status !== 0) return false;
    return spawnSync('umount', [folder]).status === 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A file system of so many bytes, and what is to be done with it. */
export interface SmallDisk {
  readonly folder: string;
  /** Takes all the room that is left. */
  fill(): Promise<void>;
  /** Gives it back. */
  drain(): Promise<void>;
  makeReadOnly(): void;
}

/** Mounts a small file system at a folder, until the test ends. */
export async function mountDisk(
  folder: string,
  bytes: number,
  onFinished: (clean: () => void) => void,
): Promise<SmallDisk> {
  await mkdir(folder, { recursive: true });
  run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder);
  onFinished(() => {
    run('umount', folder);
  });
  const filler = join(folder, 'filler');
  return {
    folder,
    async fill() {
      const handle = await open(filler, 'a');
      try {
        for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
          // A file system that is full writes less than it was asked to, or fails.
          while ((await handle.write(Buffer.alloc(size)).catch(() => ({ bytesWritten: 0 }))).bytesWritten === size);
        }
      } finally {
        await handle.close();
      }
    },
    drain: () => rm(filler, { force: true }),
    makeReadOnly() {
      run('mount', '-o', 'remount,ro', folder);
    },
  };
}

function run(program: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}
