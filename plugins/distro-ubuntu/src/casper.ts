import {
  ownStarts,
  readIfSmall,
  type IsoContents,
  type LinuxEntry,
  type OwnStart,
  type Recognition,
} from '@loopstick/core';

import { casperArguments, type CasperFolder } from './arguments.ts';
import { parseDiskInfo, type DiskInfo } from './disk-info.ts';

/**
 * Live systems and installers on casper: Ubuntu, its flavours and what is made from it. Their own loopback.cfg is not
 * used even where there is one, because some do not work (Mint 21.3: linuxmint/linuxmint issue 635).
 */
export async function recogniseCasper(iso: IsoContents, signal: AbortSignal): Promise<Recognition | undefined> {
  const folder = findFolder(iso);
  if (folder === undefined) return undefined;
  const info = parseDiskInfo(await readIfSmall(iso, '/.disk/info', signal), iso.label);
  const own = await ownStarts(iso, signal);
  return {
    distribution: info.ubuntu ? 'ubuntu' : undefined,
    version: info.version,
    title: info.title,
    kind: info.server ? 'installer' : 'live',
    entries: entriesOf(iso, folder, info, own),
    notes: ['The stick stays in use while the system runs from it, so it cannot be the disk to install to.'],
  };
}

// Pop!_OS adds the name of its release to the folder. It becomes part of a kernel argument, so nothing odd may be in it.
const KERNEL = /^(\/casper[\w.~+-]*)\/vmlinu[xz](\.efi)?$/;
const INITRDS = ['initrd', 'initrd.img', 'initrd.gz', 'initrd.lz', 'initrd.xz', 'initrd.zst'];

function findFolder(iso: IsoContents): CasperFolder | undefined {
  for (const kernel of iso.list('/')) {
    const path = KERNEL.exec(kernel)?.[1];
    const initrd = path === undefined ? undefined : INITRDS.map((name) => `${path}/${name}`).find(iso.has);
    if (path !== undefined && initrd !== undefined) return { path, kernel, initrd };
  }
  return undefined;
}

function entriesOf(iso: IsoContents, folder: CasperFolder, info: DiskInfo, own: readonly OwnStart[]): LinuxEntry[] {
  const args = casperArguments(folder, own);
  const entry = (id: string, what: string, change: Partial<LinuxEntry> = {}): LinuxEntry => ({
    type: 'linux',
    id,
    title: `${info.title.slice(0, 90)} (${what})`,
    kernel: folder.kernel,
    initrds: [folder.initrd],
    args,
    // Without the second, systemd is silent on a console because of `quiet`.
    serialArgs: ['console=ttyS0,115200', 'ignore_loglevel', 'systemd.show_status=1'],
    conditions: {
      ...(info.canonical ? { secureBoot: 'signed' as const } : {}),
      // casper mounts what is on its own list of filesystems, which lacks exFAT at least up to 22.04; for later
      // releases reports differ (Nitrokey/ubuntu-oem issue 12).
      dataFilesystem: ['ext4'],
    },
    // What systemd says first. The initrd has no systemd, so this comes from the live system itself.
    markers: { userland: ['Welcome to '] },
    ...change,
  });
  if (!info.server) {
    const before = args.indexOf('---');
    const safe = [...args.slice(0, before), 'nomodeset', ...args.slice(before)];
    return [
      entry('live', info.canonical ? 'try or install' : 'live'),
      entry('safe-graphics', 'safe graphics', { args: safe }),
    ];
  }
  const hwe = { kernel: `${folder.path}/hwe-vmlinuz`, initrds: [`${folder.path}/hwe-initrd`] };
  const hasHwe = [hwe.kernel, ...hwe.initrds].every(iso.has);
  return [
    entry('install', 'install'),
    ...(hasHwe ? [entry('install-hwe', 'install, kernel for newer hardware', hwe)] : []),
  ];
}
