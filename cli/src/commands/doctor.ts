import { findTools, installCommands, type ToolStatus } from '@loopstick/core';

import { EXIT_DOCTOR } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function doctor({ terminal, engine }: Session): Promise<number> {
  const opened = await engine();
  const tools = await findTools(opened);
  // What other bootloaders would need is shown, and blocks nothing.
  const used = await findTools(opened, opened.settings.stick.bootloader);
  const inUse = ({ tool, pluginId }: ToolStatus): boolean =>
    used.some((each) => each.pluginId === pluginId && each.tool.name === tool.name);
  const missing = tools.filter(({ path }) => path === undefined);
  const isBlocking = (status: ToolStatus): boolean =>
    status.path === undefined && status.tool.neededFor === 'build' && inUse(status);
  const blocking = missing.filter(isBlocking);
  const commands = installCommands(missing.map(({ tool }) => tool));

  terminal.document({
    ready: blocking.length === 0,
    tools: tools.map((status) => ({
      name: status.tool.name,
      purpose: status.tool.purpose,
      neededFor: status.tool.neededFor,
      inUse: inUse(status),
      plugin: status.pluginId ?? null,
      path: status.path ?? null,
    })),
    install: commands,
  });
  const rows = tools.map((status) => {
    const state = status.path !== undefined ? 'ok' : isBlocking(status) ? 'MISSING' : 'missing';
    return [state, status.tool.name, status.tool.purpose, status.path ?? ''];
  });
  for (const line of table(['', 'PROGRAM', 'FOR', 'FOUND'], rows)) terminal.data(line);
  terminal.data('');
  if (missing.length === 0) {
    terminal.data('Everything is there.');
    return 0;
  }
  terminal.data(
    blocking.length === 0
      ? 'Sticks can be made; only trying them ("loopstick boot") or another bootloader needs more:'
      : 'Sticks cannot be made yet. To install what is missing:',
  );
  for (const [manager, command] of Object.entries(commands)) {
    if (command !== '') terminal.data(`  ${manager.padEnd(7)} ${command}`);
  }
  return blocking.length === 0 ? 0 : EXIT_DOCTOR;
}
