import { changeSettings, failure, forgetSource, valueAt, withValueAt } from '@loopstick/core';
import {
  linkPlugin,
  PLUGIN_ERRORS,
  pluginLock,
  removeInstalled,
  verifyPlugins,
  type PluginHome,
} from '@loopstick/registry';

import { traceLines, trustWords } from '../output/plugin-words.ts';
import { table } from '../output/table.ts';
import { pluginHome } from '../plugin-home.ts';
import { NO_TRACES, pluginTraces } from '../plugin-traces.ts';
import type { Session } from '../session.ts';

export async function pluginRemove(
  session: Session,
  ids: readonly string[],
  { stick: sticks = [] }: { readonly stick?: readonly string[] },
): Promise<void> {
  const { terminal, signal } = session;
  const home = await pluginHome(session);
  const removed = [];
  for (const id of ids) {
    // What is not installed has left nothing that could be told from what others have.
    const isHere = Object.hasOwn(await pluginLock(home), id);
    const traces = isHere ? await pluginTraces(session, id, sticks) : NO_TRACES;
    const { version } = await removeInstalled(home, id, signal);
    await forgetSource(home.context, `upstream:${id}`);
    removed.push({ id, version, ...traces });
  }
  terminal.document(removed);
  for (const { id, version, ...traces } of removed) {
    terminal.data(`Removed: ${id} ${version}`);
    for (const line of traceLines(traces)) terminal.note(line);
  }
}

export async function pluginLink(
  session: Session,
  [directory = '']: readonly string[],
  { trust, replace }: { readonly trust?: boolean; readonly replace?: boolean },
): Promise<void> {
  const { terminal, signal } = session;
  const home = await pluginHome(session);
  const options = { trust: trust === true, replace: replace === true, signal };
  const { manifest, entry } = await linkPlugin(home, directory, options);
  const { id, version } = manifest;
  terminal.document({ id, version, trust: entry.trust, directory: manifest.directory });
  terminal.data(`Linked: ${id} ${version} (${trustWords(entry.trust)}), as it is in ${manifest.directory}`);
}

export async function pluginVerify(session: Session, ids: readonly string[]): Promise<void> {
  const { terminal, signal } = session;
  const checks = await verifyPlugins(await pluginHome(session), ids, signal);
  terminal.document(
    checks.map(({ error, ...check }) => ({ ...check, error: error && { code: error.code, message: error.message } })),
  );
  const rows = checks.map(({ id, version, state, error }) => [id, version, state, error?.message ?? '']);
  if (checks.length === 0) terminal.note('No plugins are installed.');
  else for (const line of table(['PLUGIN', 'VERSION', 'STATE', 'WHY'], rows)) terminal.data(line);
  const wrong = checks.find(({ error }) => error !== undefined);
  if (wrong?.error !== undefined) throw wrong.error;
}

export async function pluginEnable(session: Session, ids: readonly string[]): Promise<void> {
  await changeDisabled(session, ids, 'Enabled', (disabled) => disabled.filter((id) => !ids.includes(id)));
}

export async function pluginDisable(session: Session, ids: readonly string[]): Promise<void> {
  await changeDisabled(session, ids, 'Disabled', (disabled) => [...new Set([...disabled, ...ids])]);
}

async function changeDisabled(
  session: Session,
  ids: readonly string[],
  word: string,
  change: (disabled: readonly string[]) => readonly string[],
): Promise<void> {
  const { terminal, signal } = session;
  const home = await pluginHome(session);
  await requireKnown(session, home, ids);
  const path = ['plugins', 'disabled'];
  const settings = await changeSettings(
    home.context,
    (before) => {
      const after = change((valueAt(before, path) ?? []) as readonly string[]);
      return withValueAt(before, path, after.length === 0 ? undefined : after);
    },
    signal,
  );
  terminal.document({ disabled: settings.plugins.disabled });
  for (const id of ids) terminal.data(`${word}: ${id}`);
}

/** Installed, bundled, or in a folder that the settings name. @throws LoopstickError PLUGIN_NOT_INSTALLED */
async function requireKnown(
  { engine }: Session,
  { bundled, ...home }: PluginHome,
  ids: readonly string[],
): Promise<void> {
  const lock = await pluginLock(home);
  const missing = ids.find((id) => !bundled.includes(id) && !Object.hasOwn(lock, id));
  if (missing === undefined) return;
  const known = (await engine()).plugins.map(({ manifest }) => manifest.id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined) throw notInstalled(unknown, known);
}

function notInstalled(plugin: string, known: readonly string[]): Error {
  return failure(PLUGIN_ERRORS.notInstalled, { plugin, installed: known.join(', ') });
}
