import {
  oneLine,
  ownStarts,
  type IsoContents,
  type LinuxEntry,
  type OwnStart,
  type Recognition,
} from '@loopstick/core';

import { readRelease, type Release } from './release.ts';

/** Live systems on Debian's live-boot: Debian, Kali, Tails, Clonezilla, GParted and others. */
export async function recogniseLiveBoot(iso: IsoContents, signal: AbortSignal): Promise<Recognition | undefined> {
  const own = (await ownStarts(iso, signal)).filter(({ kernel }) => kernel.startsWith('/live/'));
  const system = findSystem(iso, own);
  if (system === undefined) return undefined;
  const release = await readRelease(iso, signal);
  const title = titleOf(release, iso.label);
  const args = ['boot=live', 'findiso={iso_path}', ...extras(own)];
  return {
    distribution: release.debian ? 'debian' : undefined,
    version: release.version,
    title,
    kind: 'live',
    entries: [
      entry(system, release, 'live', `${title} (live)`, args),
      entry(system, release, 'safe-graphics', `${title} (live, safe graphics)`, [...args, 'nomodeset']),
    ],
    notes: ['The stick stays in use while the system runs from it, so it cannot be the disk to install to.'],
  };
}

interface System {
  readonly kernel: string;
  readonly initrd: string;
}

const NAME = /^\/live\/vmlinuz(\d*)(-[\w.~+-]+)?$/;

/** The kernel that the ISO's own menu starts first, or else the plain one, or else the last by name. */
function findSystem(iso: IsoContents, own: readonly OwnStart[]): System | undefined {
  const listed = iso.list('/live').filter((path) => NAME.test(path));
  const candidates = [...own.map(({ kernel }) => kernel), '/live/vmlinuz', ...listed.reverse()];
  for (const kernel of candidates) {
    const [, number = '', version = ''] = NAME.exec(kernel) ?? [];
    const names = [`initrd${number}.img${version}`, `initrd.img${version}`, `initrd${version}`, 'initrd.img', 'initrd'];
    const initrd = names.map((name) => `/live/${name}`).find(iso.has);
    if (iso.has(kernel) && initrd !== undefined) return { kernel, initrd };
  }
  return undefined;
}

function titleOf({ name, line, debian }: Release, label: string): string {
  const desktop = debian ? /\bLive \S+ (?:\([a-z]+\) )?([a-z][a-z0-9+-]*)/.exec(line)?.[1] : undefined;
  return `${name ?? (oneLine(label, 32) || 'Debian live system')}${desktop === undefined ? '' : ` ${desktop}`}`.slice(
    0,
    80,
  );
}

// Set here, about another medium, or no longer known to any kernel (union=aufs); never with `fromiso`, which together
// with `findiso` makes live-boot wait for ever.
const SET_HERE = /^(boot|findiso|fromiso|isofrom|initrd|BOOT_IMAGE|root|console|vga)=/;
const UNWANTED = /^(union=aufs|nomodeset|verify-checksums|toram(=.*)?|persistence|single|noprompt|---?)$/;
/** Entries of the ISO's own menu that do something else than start the system. */
const SPECIAL = /^(nomodeset|verify-checksums|toram(=.*)?|single|memtest.*|noapic|integrity-check)$/;

/** What the ISO's own menu has beyond that: Tails and Clonezilla do not work without. */
function extras(own: readonly OwnStart[]): readonly string[] {
  const start = own.find(({ args }) => !args.some((each) => SPECIAL.test(each))) ?? own[0];
  return start?.args.filter((each) => !SET_HERE.test(each) && !UNWANTED.test(each)) ?? ['components'];
}

function entry(system: System, release: Release, id: string, title: string, args: string[]): LinuxEntry {
  const recent = release.debian && Number.parseInt(release.version ?? '', 10) >= 13;
  return {
    type: 'linux',
    id,
    title,
    kernel: system.kernel,
    initrds: [system.initrd],
    args,
    serialArgs: ['console=ttyS0,115200', 'ignore_loglevel', 'systemd.show_status=1'],
    conditions: {
      ...(release.debian ? { secureBoot: 'signed' as const } : {}),
      // Initrds up to Debian 12 lack the module for exFAT (linuxboot/heads issue 1902).
      dataFilesystem: recent ? ['ext4', 'exfat'] : ['ext4'],
    },
    // What systemd says first. The initrd has no systemd, so this comes from the live system itself.
    markers: { userland: ['Welcome to '] },
  };
}
