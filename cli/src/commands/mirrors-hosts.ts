import {
  changeHosts,
  createContext,
  hostMatcher,
  listedHost,
  loadSettings,
  namedHost,
  type HostChange,
  type HostLists,
} from '@loopstick/core';

import type { Session } from '../session.ts';

export const mirrorsPrefer: Run = (session, words) => change(session, 'prefer', words);
export const mirrorsUnprefer: Run = (session, words) => change(session, 'unprefer', words);
export const mirrorsBan: Run = (session, words) => change(session, 'ban', words);
export const mirrorsUnban: Run = (session, words) => change(session, 'unban', words);

type Run = (session: Session, words: readonly string[]) => Promise<void>;

/** Which list a change is about, and what is said of it. */
const WORDS: Readonly<Record<HostChange, { list: keyof HostLists; done: string; needless: string }>> = {
  prefer: { list: 'prefer', done: 'Preferred, in this order', needless: '' },
  unprefer: { list: 'prefer', done: 'No longer preferred', needless: 'was not preferred' },
  ban: { list: 'ban', done: 'Banned', needless: '' },
  unban: { list: 'ban', done: 'No longer banned', needless: 'was not banned' },
};

async function change({ terminal, signal }: Session, kind: HostChange, words: readonly string[]): Promise<void> {
  const context = createContext();
  const { list, done, needless } = WORDS[kind];
  const listed = needless === '' ? [] : (await loadSettings(context.paths.config)).mirrors[list];
  const hosts = [...new Set(words.map((word) => (listed.includes(word) ? plain(word) : namedHost(word))))];
  const { before, after } = await changeHosts(context, kind, hosts, signal);
  terminal.document({ prefer: after.prefer, ban: after.ban });
  if (kind === 'prefer') terminal.data(`${done}: ${after.prefer.join(', ')}`);
  if (kind === 'ban') terminal.data(`${done}: ${hosts.join(', ')}`);
  if (needless !== '') {
    const matches = (host: string): boolean => before[list].some((each) => plain(each) === host);
    const gone = hosts.filter(matches);
    if (gone.length > 0) terminal.data(`${done}: ${gone.join(', ')}`);
    for (const host of hosts.filter((each) => !matches(each))) terminal.note(`${host} ${needless}.`);
  }
  noteWhatStays(terminal, after, kind, hosts);
}

/** A name stands for all that is below it, so one that was taken off a list may still be covered by it. */
function noteWhatStays(
  terminal: Session['terminal'],
  { ban }: HostLists,
  kind: HostChange,
  hosts: readonly string[],
): void {
  if (kind !== 'prefer' && kind !== 'unban') return;
  for (const host of hosts) {
    const by = ban[hostMatcher(ban)(`http://${host}`)];
    if (by !== undefined) terminal.note(`${host} is still banned: ${by} is, with all that is below it.`);
  }
}

/** What stands on a list may be written by hand in any way. */
function plain(word: string): string {
  return listedHost(word) ?? word;
}
