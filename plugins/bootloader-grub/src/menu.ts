import type { BootloaderRequest } from '@loopstick/core';

import { menuentry, renderItem } from './menu-entry.ts';
import { announce, DETECT, FUNCTIONS } from './menu-functions.ts';
import { terminalSetup } from './menu-terminal.ts';

/**
 * The whole grub.cfg. What a watched boot adds is in it as well, asleep: see watched-boot.ts of core.
 * @param font whether the font of the graphical menu goes onto the stick
 * @throws LoopstickError GRUB_ARGUMENT_UNSUPPORTED
 */
export function renderMenu(request: Pick<BootloaderRequest, 'items' | 'data'>, font: boolean): string {
  const { items, data } = request;
  return [
    '# Written by Loopstick. It is replaced as a whole whenever the stick changes: do not edit.\n',
    DETECT,
    terminalSetup(font),
    FUNCTIONS,
    ...items.map((item) => renderItem(item, data)),
    EXTRAS,
    announce(items.map((item) => item.id)),
  ].join('\n');
}

const EXTRAS = `\
${menuentry('Restart', 'loopstick-restart', ['reboot'])}
${menuentry('Power off', 'loopstick-power-off', ['halt'])}
if [ "$grub_platform" = efi ]; then
${menuentry('Firmware settings', 'loopstick-firmware', ['fwsetup'])}fi
`;
