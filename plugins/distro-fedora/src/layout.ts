import type { IsoContents, OwnStart } from '@loopstick/core';

/** Where a medium of the Fedora family keeps what it starts. */
export interface Layout {
  readonly kernel: string;
  readonly initrd: string;
  readonly kind: 'live' | 'installer';
  /** The arguments that its own menu gives to this kernel, if it has one that could be read. */
  readonly own: readonly string[] | undefined;
}

/** lorax and its predecessors (Fedora up to 41, and installers of all versions); KIWI (Fedora from 42 on). */
const PLACES = [
  { kernel: '/images/pxeboot/vmlinuz', initrd: '/images/pxeboot/initrd.img' },
  { kernel: '/boot/x86_64/loader/linux', initrd: '/boot/x86_64/loader/initrd' },
  { kernel: '/boot/aarch64/loader/linux', initrd: '/boot/aarch64/loader/initrd' },
];

/** Entries of the ISO's own menu that do something else than start the system. */
const SPECIAL = /^(rd\.live\.check|mediacheck=.*|nomodeset|inst\.rescue|inst\.text|rescue)$/;

export function findLayout(iso: IsoContents, starts: readonly OwnStart[]): Layout | undefined {
  const place = PLACES.find(({ kernel, initrd }) => iso.has(kernel) && iso.has(initrd));
  if (place === undefined) return undefined;
  const all = starts.filter(({ kernel }) => kernel === place.kernel).map(({ args }) => args);
  const own = all.find((args) => !args.some((each) => SPECIAL.test(each))) ?? all[0];
  const kind = kindOf(iso, own ?? []);
  return kind === undefined ? undefined : { ...place, kind, own };
}

/** Older installers keep their second stage where live systems have their root, so the menu is asked first. */
function kindOf(iso: IsoContents, own: readonly string[]): Layout['kind'] | undefined {
  const squashed = iso.has('/LiveOS/squashfs.img');
  if (own.some((each) => each.startsWith('inst.stage2=')) || iso.has('/images/install.img')) return 'installer';
  if (own.some((each) => each.startsWith('root=live:')) || squashed) return 'live';
  return undefined;
}
