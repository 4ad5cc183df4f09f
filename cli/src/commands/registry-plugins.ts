import { createContext, failure } from '@loopstick/core';
import { blockPlugin, unblockPlugin } from '@loopstick/registry';

import { CLI_ERRORS } from '../cli-errors.ts';
import type { Session } from '../session.ts';

export async function registryBlock(
  { terminal }: Session,
  [directory = '', plugin = '']: readonly string[],
  { reason }: { readonly reason: string },
): Promise<void> {
  const { id, range } = parse(plugin, 'block');
  await blockPlugin(directory, id, range, reason, createContext());
  terminal.document({ id, range, reason });
  terminal.data(`Blocked: ${id}@${range}`);
  terminal.note(`Readers see it after: loopstick registry publish ${directory}`);
}

export async function registryUnblock(
  { terminal }: Session,
  [directory = '', plugin = '']: readonly string[],
): Promise<void> {
  const { id, range } = parse(plugin, 'unblock');
  await unblockPlugin(directory, id, range, createContext());
  terminal.document({ id, range });
  terminal.data(`No longer blocked: ${id}@${range}`);
  terminal.note(`Readers see it after: loopstick registry publish ${directory}`);
}

function parse(plugin: string, command: string): { readonly id: string; readonly range: string } {
  const [, id, range] = /^([^@]+)@(.+)$/.exec(plugin) ?? [];
  if (id !== undefined && range !== undefined) return { id, range };
  const problem = `"${plugin}" is not ID@RANGE; all versions are ID@*`;
  throw failure(CLI_ERRORS.usage, { problem, command: `loopstick registry ${command}` });
}
