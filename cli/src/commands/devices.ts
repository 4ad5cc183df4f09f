import { formatBytes, isCandidate, listDevices, type Device } from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function devices(session: Session, _args: readonly string[], options: { all?: boolean }): Promise<void> {
  const { terminal, signal } = session;
  const { context } = await session.engine();
  const found = await listDevices(context.runner, signal);
  const shown = found.filter((device) => options.all === true || isCandidate(device));
  terminal.document(
    shown.map((device) => ({ ...device, suitable: obstacle(device) === undefined, obstacle: obstacle(device) })),
  );
  if (shown.length === 0) {
    terminal.note('There is no USB stick or memory card. "loopstick devices --all" lists every disk.');
    return;
  }
  const rows = shown.map((device) => [
    device.path,
    formatBytes(device.size),
    device.bus || '-',
    device.model,
    device.serial || '-',
    obstacle(device) ?? 'ready',
  ]);
  for (const line of table(['DEVICE', 'SIZE', 'BUS', 'MODEL', 'SERIAL', 'STATE'], rows)) terminal.data(line);
}

/** Why no stick can be made on it, in few words. */
function obstacle(device: Device): string | undefined {
  if (!isCandidate(device)) return 'refused: not removable, not on the USB or MMC bus';
  if (device.uses.length > 0) return `in use: ${device.uses.join(', ')}`;
  if (device.readOnly) return 'write-protected';
  if (device.logicalSector !== 512) return `sectors of ${device.logicalSector} bytes`;
  return undefined;
}
