import { createContext, type BootloaderRequest, type LinuxEntry, type MenuItem } from '@loopstick/core';

export const ISO_PATH = '/loopstick-0123456789abcdef/tiny.iso';

/** A menu item that starts a kernel; `parts` replaces what its entry has by default. */
export function linuxItem(id: string, parts: Partial<LinuxEntry> = {}, of: Partial<MenuItem> = {}): MenuItem {
  const title = parts.title ?? `Item ${id}`;
  const entry: LinuxEntry = {
    type: 'linux',
    id,
    title,
    conditions: {},
    markers: {},
    kernel: '/boot/vmlinuz',
    initrds: ['/boot/initrd.img'],
    args: ['boot=live', `findiso=${ISO_PATH}`],
    serialArgs: ['console=ttyS0,115200'],
    ...parts,
  };
  return { id, title, isoPath: ISO_PATH, entry, efiStub: ['uefi-x64'], ...of };
}

/** An item that hands over to the ISO's own menu. */
export function menuItem(id: string): MenuItem {
  const entry = { type: 'iso-menu', id, title: id, conditions: {}, markers: {}, config: '/loopback.cfg' } as const;
  return { id, title: id, isoPath: ISO_PATH, entry };
}

export function requestFor(items: readonly MenuItem[]): BootloaderRequest {
  return {
    items,
    stick: { id: '0123456789abcdef', title: 'Loopstick' },
    data: { filesystem: 'ext4', uuid: '11111111-2222-8333-8444-555555555555' },
    esp: { uuid: 'ABCD-1234' },
    biosBoot: { start: 2048, sectors: 2048 },
    workDirectory: '/nowhere',
    runner: createContext().runner,
    signal: AbortSignal.timeout(60_000),
  };
}
