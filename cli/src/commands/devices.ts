import { formatBytes, isCandidate, listDevices, obstacleOf } from '@loopstick/core';

import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function devices(session: Session, _args: readonly string[], options: { all?: boolean }): Promise<void> {
  const { terminal, signal } = session;
  const { context } = await session.engine();
  const found = await listDevices(context.runner, signal);
  const shown = found
    .filter((device) => options.all === true || isCandidate(device))
    .map((device) => ({ device, obstacle: obstacleOf(device) }));
  terminal.document(
    shown.map(({ device, obstacle }) => ({
      ...device,
      suitable: obstacle === undefined,
      obstacle: obstacle?.message,
    })),
  );
  if (shown.length === 0) {
    terminal.note('There is no USB stick or memory card. "loopstick devices --all" lists every disk.');
    return;
  }
  const rows = shown.map(({ device, obstacle }) => [
    device.path,
    formatBytes(device.size),
    device.bus || '-',
    device.model,
    device.serial || '-',
    obstacle?.message ?? 'ready',
  ]);
  for (const line of table(['DEVICE', 'SIZE', 'BUS', 'MODEL', 'SERIAL', 'STATE'], rows)) terminal.data(line);
}
