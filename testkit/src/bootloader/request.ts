import { createContext, type BootloaderRequest, type LinuxEntry, type MenuItem } from '@loopstick/core';

const ISO_PATH = '/loopstick-0123456789abcdef/tiny.iso';

/** A menu item that starts a kernel, with this title. */
export function linuxItem(id: string, title: string): MenuItem {
  const entry: LinuxEntry = {
    ...{ type: 'linux', id, title, conditions: {}, markers: {} },
    ...{ kernel: '/vmlinuz', initrds: ['/initrd'], args: ['quiet', `findiso=${ISO_PATH}`] },
    serialArgs: ['console=ttyS0,115200'],
  };
  return { id, title, isoPath: ISO_PATH, entry, efiStub: ['uefi-x64'] };
}

/** What core asks of a bootloader for a stick with these items. */
export function requestFor(items: readonly MenuItem[], workDirectory: string): BootloaderRequest {
  return {
    items,
    stick: { id: '0123456789abcdef', title: 'Loopstick' },
    data: { filesystem: 'ext4', uuid: '11111111-2222-8333-8444-555555555555' },
    esp: { uuid: 'ABCD-1234' },
    biosBoot: { start: 2048, sectors: 2048 },
    workDirectory,
    runner: createContext().runner,
    signal: AbortSignal.timeout(120_000),
  };
}
