import { FIRMWARES, type BootloaderRequest, type Firmware, type LinuxEntry, type MenuItem } from '@loopstick/core';

/** An item that systemd-boot can start, and the firmwares on which it can. */
export interface Startable {
  readonly item: MenuItem;
  readonly entry: LinuxEntry;
  readonly firmwares: readonly Firmware[];
}

/**
 * The item as it can be started on one of these firmwares, or why it cannot be: systemd-boot reads no ISO and no menu of
 * another boot loader, and starts a kernel as firmware starts a program.
 */
export function startable(
  item: MenuItem,
  firmwares: readonly Firmware[],
  data: BootloaderRequest['data'],
): Startable | string {
  const { entry } = item;
  if (entry.type !== 'linux') return 'its menu is a script for GRUB';
  const { firmware = FIRMWARES, dataFilesystem } = entry.conditions;
  if (dataFilesystem?.includes(data.filesystem) === false) {
    return `its system finds the ISO on ${dataFilesystem.join(' or ')} only`;
  }
  const there = firmware.filter((each) => firmwares.includes(each));
  if (there.length === 0) return `it needs ${firmware.join(' or ')}`;
  const stub = item.efiStub ?? [];
  if (stub.length === 0) return 'its kernel is no program for UEFI';
  const both = there.filter((each) => stub.includes(each));
  return both.length === 0 ? `its kernel is a program for ${stub.join(' and ')}` : { item, entry, firmwares: both };
}
