import { messageOf, type PluginStatus } from '@loopstick/core';
import { withdrawnPlugins, type LockEntry, type RefusedPlugin, type Withdrawal } from '@loopstick/registry';

import { originWords, trustWords } from '../output/plugin-words.ts';
import { table } from '../output/table.ts';
import { pluginHome } from '../plugin-home.ts';
import type { Session } from '../session.ts';

/** All plugins: what comes with the command, what is installed, and what is left out and why. */
export async function plugins(session: Session): Promise<void> {
  const { terminal, engine, installed, signal } = session;
  const used = (await engine()).plugins;
  const { recorded, places, refused } = await installed();
  const withdrawn = await withdrawnPlugins(await pluginHome(session), recorded, signal);
  // Of two with one id the setting may have chosen the one that is not installed.
  const folders = new Set(places.map(({ directory }) => directory));
  const entryOf = ({ manifest: { id, directory } }: PluginStatus): LockEntry | undefined =>
    folders.has(directory) ? recorded[id] : undefined;
  const all = [
    ...used.map((status) => usedDocument(status, entryOf(status), withdrawn)),
    ...refused.map((plugin) => refusedDocument(plugin, recorded[plugin.name])),
  ];
  terminal.document(all);
  const rows = all.map(({ id, version, kinds, trust, source, state, description, error, withdrawn: gone }) => [
    id,
    version ?? '-',
    kinds.join(', '),
    trust === undefined ? '-' : trustWords(trust),
    source === undefined ? '-' : originWords(source),
    `${state === 'found' ? 'ready' : state}${gone === undefined ? '' : ', withdrawn'}`,
    error?.message ?? (gone === undefined ? description : `${gone.registry} has taken it out: ${gone.reason}`),
  ]);
  const head = ['PLUGIN', 'VERSION', 'KINDS', 'TRUST', 'FROM', 'STATE', 'WHAT IT IS'];
  for (const line of table(head, rows)) terminal.data(line);
}

function usedDocument(
  { manifest, trust, state, error }: PluginStatus,
  entry: LockEntry | undefined,
  withdrawals: ReadonlyMap<string, Withdrawal>,
) {
  const { id, version, kinds, description, directory } = manifest;
  const problem = error === undefined ? undefined : { message: messageOf(error) };
  const elsewhere = trust === 'bundled' ? undefined : ({ type: 'folder', path: directory } as const);
  const source = entry?.source ?? elsewhere;
  const withdrawn = entry === undefined ? undefined : withdrawals.get(id);
  return { id, version, kinds, trust, source, state, description, directory, error: problem, withdrawn };
}

function refusedDocument({ name, error: { code, message, hint } }: RefusedPlugin, entry: LockEntry | undefined) {
  return {
    id: name,
    version: entry?.version,
    kinds: entry?.kinds ?? [],
    trust: entry?.trust,
    source: entry?.source,
    state: 'refused' as const,
    description: '',
    directory: undefined,
    error: { code, message, hint },
    withdrawn: undefined,
  };
}
