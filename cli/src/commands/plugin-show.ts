import { failure, printable, type PluginStatus } from '@loopstick/core';
import {
  parseSource,
  PLUGIN_ERRORS,
  previewPlugin,
  searchPlugins,
  showPlugin,
  type ListedPlugin,
} from '@loopstick/registry';

import { originWords, permissionLines, proposalDocument, proposalLines, trustWords } from '../output/plugin-words.ts';
import { table } from '../output/table.ts';
import { pluginHome } from '../plugin-home.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly offline?: boolean;
  readonly registry?: string;
}

export async function pluginSearch(session: Session, words: readonly string[], options: Options): Promise<void> {
  const { terminal, signal } = session;
  const home = await pluginHome(session);
  const found = await searchPlugins(home, words, { offline: options.offline === true, signal });
  terminal.document(
    found.map(({ id, registry, releases, installed }) => ({
      id,
      registry,
      ...releases.find(({ obstacle }) => obstacle === undefined),
      trust: 'registry',
      installed: installed?.version,
    })),
  );
  const rows = found.map(({ id, registry, releases, installed }) => {
    const usable = releases.find(({ obstacle }) => obstacle === undefined);
    const newest = usable ?? releases[0];
    return [
      id,
      usable?.version ?? '-',
      (newest?.kinds ?? []).join(', '),
      `${trustWords('registry')} (${registry})${newest?.code === true ? ', with code' : ''}`,
      installed?.version ?? '-',
      printable(newest?.description ?? '', 60),
    ];
  });
  if (home.registries.length === 0)
    terminal.note('No registry is trusted: loopstick registry trust NAME URL --root FILE');
  else if (found.length === 0) terminal.note('No plugin fits.');
  else
    for (const line of table(['PLUGIN', 'VERSION', 'KINDS', 'TRUST', 'INSTALLED', 'WHAT IT IS'], rows))
      terminal.data(line);
}

/** A plugin of a registry, an installed or bundled one, or what is in a package that would be installed. */
export async function pluginShow(session: Session, [source = '']: readonly string[], options: Options): Promise<void> {
  const { terminal, signal } = session;
  const home = await pluginHome(session);
  const wanted = parseSource(source);
  const offline = options.offline === true;
  if (wanted.type !== 'registry') {
    const proposal = await previewPlugin(home, source, { offline, signal });
    terminal.document({ ...proposalDocument(proposal) });
    for (const warning of proposal.warnings) terminal.warn(warning);
    for (const line of proposalLines(proposal)) terminal.data(line);
    return;
  }
  const listed = await showPlugin(home, wanted.id, { offline, signal });
  const here = (await session.engine()).plugins.find(({ manifest }) => manifest.id === wanted.id);
  if (listed.length === 0 && here === undefined) {
    throw failure(PLUGIN_ERRORS.unknown, { plugin: wanted.id, guess: '' });
  }
  terminal.document({
    id: wanted.id,
    installed: here && { ...statusDocument(here), source: listed[0]?.installed?.source },
    registries: listed.map(({ registry, releases, blocked, removed }) => ({ registry, releases, blocked, removed })),
  });
  if (here !== undefined) for (const line of statusLines(here)) terminal.data(line);
  for (const plugin of listed) for (const line of listedLines(plugin)) terminal.data(line);
}

function statusDocument({ manifest, trust, state }: PluginStatus): object {
  const { version, description, kinds, permissions, publisher, deprecated, directory } = manifest;
  return { version, description, kinds, permissions, publisher, deprecated, directory, trust, state };
}

function statusLines({ manifest, trust, state }: PluginStatus): string[] {
  const { id, version, description, kinds, permissions, publisher } = manifest;
  return [
    `${id} ${version}, ${trustWords(trust)}${state === 'disabled' ? ', disabled' : ''}`,
    ...(description === '' ? [] : [`  ${description}`]),
    `  kinds     ${kinds.join(', ')}`,
    ...(publisher === undefined ? [] : [`  by        ${publisher}`]),
    ...permissionLines(permissions).map((line) => `  ${line}`),
  ];
}

function listedLines({ id, registry, releases, blocked, removed, installed }: ListedPlugin): string[] {
  const [newest] = releases;
  return [
    `${id} in the registry ${registry}, ${trustWords('registry')}`,
    ...(newest === undefined
      ? []
      : [
          `  ${newest.description}`,
          `  kinds     ${newest.kinds.join(', ')}${newest.code ? ', with code' : ''}`,
          ...permissionLines(newest.permissions).map((line) => `  ${line}`),
        ]),
    ...releases.map(({ version, published, obstacle, deprecated }) => {
      const notes = [obstacle, deprecated && `deprecated: ${deprecated}`].filter((note) => note !== undefined);
      return `  ${version.padEnd(9)} ${published.slice(0, 10)}${notes.length > 0 ? `  ${notes.join('; ')}` : ''}`;
    }),
    ...blocked.map(({ range, reason }) => `  blocked   ${range}: ${reason}`),
    ...(removed === undefined ? [] : [`  taken out ${removed.at.slice(0, 10)}: ${removed.reason}`]),
    ...(installed === undefined ? [] : [`  installed ${installed.version} from ${originWords(installed.source)}`]),
  ];
}
