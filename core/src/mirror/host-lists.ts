import type { Context } from '../engine/context.ts';
import { changeSettings, withValueAt } from '../engine/settings-file.ts';
import { parseSettings, settingsFile, type MirrorSettings } from '../engine/settings.ts';
import { listedHost } from './named-hosts.ts';

export type HostLists = Pick<MirrorSettings, 'prefer' | 'ban'>;

export type HostChange = 'prefer' | 'unprefer' | 'ban' | 'unban';

/**
 * The lists with these hosts on them or off them. Whom somebody prefers comes first, in the order named; nobody is on
 * both lists.
 * @param hosts as `namedHost` writes them
 */
export function withHosts({ prefer, ban }: HostLists, change: HostChange, hosts: readonly string[]): HostLists {
  const others = (list: readonly string[]): string[] => list.filter((each) => !hosts.includes(plain(each)));
  if (change === 'prefer') return { prefer: [...hosts, ...others(prefer)], ban: others(ban) };
  if (change === 'ban') {
    const more = hosts.filter((host) => !ban.map(plain).includes(host));
    return { prefer: others(prefer), ban: [...ban, ...more] };
  }
  return change === 'unprefer' ? { prefer: others(prefer), ban } : { prefer, ban: others(ban) };
}

/**
 * Changes the lists in the user's settings.
 * @throws what changeSettings throws
 */
export async function changeHosts(
  context: Pick<Context, 'paths' | 'random' | 'clock'>,
  change: HostChange,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly before: HostLists; readonly after: HostLists }> {
  let before: HostLists = { prefer: [], ban: [] };
  const { mirrors: after } = await changeSettings(
    context,
    (document) => {
      before = parseSettings(document, settingsFile(context.paths.config)).mirrors;
      const { prefer, ban } = withHosts(before, change, hosts);
      const preferring = withValueAt(document, ['mirrors', 'prefer'], prefer.length === 0 ? undefined : prefer);
      return withValueAt(preferring, ['mirrors', 'ban'], ban.length === 0 ? undefined : ban);
    },
    signal,
  );
  return { before, after };
}

/** As it would be written today; what was written by hand may be anything. */
function plain(host: string): string {
  return listedHost(host) ?? host;
}
