import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createContext, type BootloaderRequest, type LinuxEntry, type MenuItem, type Runner } from '@loopstick/core';
import { onTestFinished } from 'vitest';

export const runner: Runner = createContext().runner;

export const DATA_UUID = '11111111-2222-8333-8444-555555555555';
export const ISO_PATH = '/loopstick-0123456789abcdef/tiny.iso';

/** A menu item that starts a kernel; `parts` replaces what it has by default. */
export function linuxItem(id: string, parts: Partial<LinuxEntry> = {}): MenuItem {
  const title = parts.title ?? `Item ${id}`;
  const entry: LinuxEntry = {
    type: 'linux',
    id,
    title,
    conditions: {},
    markers: {},
    kernel: '/vmlinuz',
    initrds: ['/initrd'],
    args: ['quiet'],
    serialArgs: ['console=ttyS0,115200'],
    ...parts,
  };
  return { id, title, isoPath: ISO_PATH, entry };
}

/** A request whose working folder, unless it is given, goes away with the test. */
export async function requestFor(items: readonly MenuItem[], folder?: string): Promise<BootloaderRequest> {
  const workDirectory = folder ?? (await mkdtemp(join(tmpdir(), 'loopstick-grub-')));
  if (folder === undefined) onTestFinished(() => rm(workDirectory, { recursive: true, force: true }));
  return {
    items,
    stick: { id: '0123456789abcdef', title: 'Loopstick' },
    data: { filesystem: 'ext4', uuid: DATA_UUID },
    esp: { uuid: 'ABCD-1234' },
    biosBoot: { start: 2048, sectors: 2048 },
    workDirectory,
    runner,
    signal: AbortSignal.timeout(60_000),
  };
}
