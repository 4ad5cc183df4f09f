import type { OwnStart } from '@loopstick/core';

/** The folder that casper reads its root filesystem from, with the kernel and initrd in it. */
export interface CasperFolder {
  readonly path: string;
  readonly kernel: string;
  readonly initrd: string;
}

// Set here, or about another medium, or not for a first start.
const SET_HERE =
  /^(boot|root|initrd|BOOT_IMAGE|iso-scan\/filename|findiso|fromiso|isofrom|live-media(-path)?|fsck\.mode)=/;
const UNWANTED = /^(nomodeset|xforcevesa|persistent|toram(=.*)?|console=.*|vga=.*|ignore_uuid)$/;
/** Entries of the ISO's own menu that do something else than start the system. */
const SPECIAL = /^(integrity-check|nomodeset|oem-config\/enable=true|memtest.*|toram)$/;

/**
 * The kernel's arguments: how to find the ISO, and whatever the image's own menu has for its kernel beyond that, such
 * as the layer to start from. What stands behind `---` goes on to the installed system as well.
 */
export function casperArguments(folder: CasperFolder, starts: readonly OwnStart[]): string[] {
  const own = starts.filter(({ kernel }) => kernel === folder.kernel);
  const start = own.find(({ args }) => !args.some((each) => SPECIAL.test(each))) ?? own[0];
  const args = start?.args ?? [];
  const end = args.findIndex((each) => each === '---' || each === '--');
  const kept = (part: readonly string[]): string[] =>
    part.filter((each) => !SET_HERE.test(each) && !UNWANTED.test(each) && !SPECIAL.test(each));
  const before = kept(end === -1 ? args : args.slice(0, end));
  const after = kept(end === -1 ? [] : args.slice(end + 1));
  return [...finding(folder, args), ...before, '---', ...after];
}

/** How the initrd finds the ISO file and its root filesystem in it. */
function finding({ path }: CasperFolder, own: readonly string[]): string[] {
  // LMDE has casper's folder but Debian's live-boot in its initrd (Mexit/MultiOS-USB issue 25).
  if (own.includes('boot=live')) return ['boot=live', `live-media-path=${path}`, 'findiso={iso_path}'];
  return [
    'boot=casper',
    ...(path === '/casper' ? [] : [`live-media-path=${path}`]),
    'iso-scan/filename={iso_path}',
    // casper would read the whole ISO first to compare checksums, which were checked before it came onto the stick.
    'fsck.mode=skip',
  ];
}
