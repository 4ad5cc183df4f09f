import { oneLine, readIfSmall, type IsoContents, type Recognition } from '@loopstick/core';

import { analyseMenu } from './analyse.ts';

const CONFIGS = ['/boot/grub/loopback.cfg', '/boot/grub2/loopback.cfg'];

/**
 * Any ISO whose own loopback.cfg really passes on where the ISO is (supergrubdisk.org/wiki/Loopback.cfg): its menu is
 * then better than any that could be made up for it.
 */
export async function recogniseLoopbackCfg(
  iso: IsoContents,
  signal: AbortSignal,
): Promise<Recognition | { rejected: string } | undefined> {
  let rejected: string | undefined;
  for (const config of CONFIGS.filter((path) => iso.has(path))) {
    const problem = await analyseMenu(iso, config, signal);
    if (problem === undefined) return recognition(iso, config, signal);
    rejected ??= problem;
  }
  return rejected === undefined ? undefined : { rejected };
}

async function recognition(iso: IsoContents, config: string, signal: AbortSignal): Promise<Recognition> {
  const info = oneLine((await readIfSmall(iso, '/.disk/info', signal)) ?? '', 80);
  const title = info || oneLine(iso.label, 32) || 'Bootable ISO';
  return {
    title,
    kind: 'live',
    entries: [{ type: 'iso-menu', id: 'menu', title: `${title} (its own menu)`, config, conditions: {}, markers: {} }],
    notes: [],
  };
}
