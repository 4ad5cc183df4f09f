import { findTools, installCommands, type ToolStatus } from '@loopstick/core';

import { EXIT_DOCTOR } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Session } from '../session.ts';

export async function doctor({ terminal, engine }: Session): Promise<number> {
  const tools = await findTools(await engine());
  const missing = tools.filter(({ path }) => path === undefined);
  const blocking = missing.filter(({ tool }) => tool.neededFor === 'build');
  const commands = installCommands(missing.map(({ tool }) => tool));

  terminal.document({
    ready: blocking.length === 0,
    tools: tools.map(({ tool, pluginId, path }) => ({
      name: tool.name,
      purpose: tool.purpose,
      neededFor: tool.neededFor,
      plugin: pluginId ?? null,
      path: path ?? null,
    })),
    install: commands,
  });
  const rows = tools.map((status) => [state(status), status.tool.name, status.tool.purpose, status.path ?? '']);
  for (const line of table(['', 'PROGRAM', 'FOR', 'FOUND'], rows)) terminal.data(line);
  terminal.data('');
  if (missing.length === 0) {
    terminal.data('Everything is there.');
    return 0;
  }
  terminal.data(
    blocking.length === 0
      ? 'Sticks can be made; only trying them ("loopstick boot") needs more:'
      : 'Sticks cannot be made yet. To install what is missing:',
  );
  for (const [manager, command] of Object.entries(commands)) {
    if (command !== '') terminal.data(`  ${manager.padEnd(7)} ${command}`);
  }
  return blocking.length === 0 ? 0 : EXIT_DOCTOR;
}

function state({ tool, path }: ToolStatus): string {
  if (path !== undefined) return 'ok';
  return tool.neededFor === 'build' ? 'MISSING' : 'missing';
}
