import { RECIPE_ERRORS } from './recipe-errors.ts';
import { isLoopstickError } from '../engine/errors.ts';
import type { IsoContents } from './iso.ts';
import { isLinux, isoPathOf, literal, parseMenuScript, withoutKeywords } from './menu-script.ts';

/** How an ISO's own menu starts one of its kernels. */
export interface OwnStart {
  readonly kernel: string;
  /** In their order; those with a variable, or with what no kernel argument can hold, are left out. */
  readonly args: readonly string[];
}

const MENUS = [
  ...['/boot/grub/grub.cfg', '/boot/grub2/grub.cfg', '/EFI/BOOT/grub.cfg'],
  ...['/boot/grub/loopback.cfg', '/boot/grub2/loopback.cfg'],
];

// Without what GRUB, the kernel or a template of ours would read as more than text. `\xHH` is how udev writes labels.
const HARMLESS = /^(?:[\w=.,:;@%+/~!*?-]|\\x[0-9A-Fa-f]{2}){1,200}$/;
const MOST = 40;

/**
 * The kernels that the ISO's own GRUB menus start, with their arguments, in the order of the menus. A recipe takes
 * from it what only this image knows, such as the folder of its root filesystem. A menu that is missing, too large or
 * not understood adds nothing.
 */
export async function ownStarts(iso: IsoContents, signal: AbortSignal): Promise<OwnStart[]> {
  const starts: OwnStart[] = [];
  for (const menu of MENUS) {
    const text = await readIfSmall(iso, menu, signal);
    if (text === undefined) continue;
    for (const command of parseMenuScript(text).map(withoutKeywords)) {
      const kernel = isLinux(command) ? isoPathOf(command[1]) : undefined;
      if (kernel === undefined || !iso.has(kernel)) continue;
      const words = command.slice(2).map(literal);
      const args = words.filter((word) => word !== undefined && HARMLESS.test(word)) as string[];
      starts.push({ kernel, args: args.slice(0, MOST) });
    }
  }
  return starts;
}

/** The text of a file, or undefined when it is not there or larger than a boot file ever is. */
export async function readIfSmall(iso: IsoContents, path: string, signal: AbortSignal): Promise<string | undefined> {
  if (!iso.has(path)) return undefined;
  try {
    return await iso.read(path, { signal });
  } catch (error) {
    if (isLoopstickError(error, RECIPE_ERRORS.fileTooLarge.code)) return undefined;
    throw error;
  }
}
