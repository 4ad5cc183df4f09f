import { failure } from '@loopstick/core';
import { installPlugin, updatePlugins, type InstallOptions, type PluginProposal } from '@loopstick/registry';

import { CLI_ERRORS } from '../cli-errors.ts';
import { proposalDocument, proposalLines, trustWords } from '../output/plugin-words.ts';
import { pluginHome } from '../plugin-home.ts';
import { confirm } from '../prompt.ts';
import type { Session } from '../session.ts';

interface ConsentOptions {
  readonly yes?: boolean;
  readonly trust?: boolean;
  readonly allowDowngrade?: boolean;
}

interface SourceOptions extends ConsentOptions {
  readonly registry?: string;
  readonly replace?: boolean;
  readonly offline?: boolean;
}

export async function pluginInstall(
  session: Session,
  sources: readonly string[],
  options: SourceOptions,
): Promise<void> {
  const { terminal } = session;
  const home = await pluginHome(session);
  const done = [];
  for (const source of sources) {
    const { proposal, changed } = await installPlugin(home, source, {
      ...consent(session, options),
      registry: options.registry,
      replace: options.replace === true,
      offline: options.offline === true,
    });
    done.push({ ...proposalDocument(proposal), changed });
    const { id, version, trust } = proposal;
    const what = changed ? 'Installed' : 'Already there';
    terminal.data(`${what}: ${id} ${version} (${trustWords(trust)})`);
  }
  terminal.document(done);
}

export async function pluginUpdate(
  session: Session,
  ids: readonly string[],
  options: ConsentOptions & { readonly offline?: boolean },
): Promise<void> {
  const { terminal } = session;
  const updates = await updatePlugins(await pluginHome(session), ids, {
    ...consent(session, options),
    offline: options.offline === true,
  });
  terminal.document(
    updates.map(({ error, ...update }) => ({
      ...update,
      error: error && { code: error.code, message: error.message, hint: error.hint },
    })),
  );
  for (const { id, from, to, state, error } of updates) {
    if (state === 'updated') terminal.data(`Updated: ${id} ${from} → ${to ?? ''}`);
    else if (state === 'current') terminal.data(`Current: ${id} ${from}`);
    else terminal.error(`Failed: ${id} ${from}: ${error?.message ?? ''}`);
  }
  if (updates.length === 0) terminal.note('No plugins are installed.');
  const failed = updates.find(({ error }) => error !== undefined);
  if (failed?.error !== undefined) throw failed.error;
}

function consent(
  session: Session,
  options: ConsentOptions,
): Pick<InstallOptions, 'signal' | 'trust' | 'allowDowngrade' | 'approve'> {
  return {
    signal: session.signal,
    trust: options.trust === true,
    allowDowngrade: options.allowDowngrade === true,
    approve: (proposal) => agrees(session, proposal, options),
  };
}

/**
 * Shows what would be installed, and asks. Who trusts code by name has agreed to it.
 * @throws LoopstickError CLI_UNCONFIRMED, INTERRUPTED
 */
async function agrees(
  { terminal, signal }: Session,
  proposal: PluginProposal,
  options: ConsentOptions,
): Promise<boolean> {
  for (const line of proposalLines(proposal)) terminal.note(line);
  if (options.yes === true) return true;
  const { id, version, before } = proposal;
  const question =
    before === undefined ? `Install ${id} ${version}?` : `Replace ${id} ${before.version} by ${version}?`;
  if (!terminal.interactive) throw failure(CLI_ERRORS.unconfirmed, { question });
  return confirm(question, signal);
}
