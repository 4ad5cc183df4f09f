import type { LinuxEntry } from '@loopstick/core';

import type { Kernels } from './kernels.ts';
import { line, plain } from './line.ts';
import type { Startable } from './obstacle.ts';

/** As the specification names machines; systemd-boot passes over entries for others than its own. */
const ARCHITECTURES = { 'uefi-x64': 'x64', 'uefi-ia32': 'ia32' } as const;

/**
 * One entry, "type 1" of the Boot Loader Specification (UAPI.1). The sort key keeps the order of the menu.
 * @param position from 0
 */
export function renderEntry({ item, entry, firmwares }: Startable, position: number, kernels: Kernels): string {
  const only = firmwares.length === 1 ? firmwares[0] : undefined;
  const inIso = (path: string): string => `/${kernels.place(item.isoPath, path)}`;
  return [
    line('title', plain(item.title) || item.id),
    line('sort-key', `loopstick-${String(position).padStart(4, '0')}`),
    ...(only === undefined || only === 'bios' ? [] : [line('architecture', ARCHITECTURES[only])]),
    line('linux', inIso(entry.kernel)),
    ...entry.initrds.map((initrd) => line('initrd', inIso(initrd))),
    ...(entry.args.length === 0 ? [] : [line('options', entry.args.join(' '))]),
  ].join('');
}

const DOWN = '\u001b[B';

/** What starts the entry at this place of the menu with its serial arguments: it is chosen, edited in front, started. */
export function keysFor({ serialArgs }: LinuxEntry, position: number): string {
  return `${DOWN.repeat(position)}e${serialArgs.map((argument) => `${argument} `).join('')}\r`;
}
