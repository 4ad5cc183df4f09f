import { WATCHED_MENU } from '@loopstick/core';

import { quote } from './escape.ts';
import { PREFIX } from './images.ts';
import { THEME_FOLDER } from './theme.ts';

/** Seconds until the first entry starts by itself. */
const TIMEOUT = 30;

/**
 * Timeout, colours and terminal: graphics when there is a font, else the text console that GRUB starts with. Watched:
 * the serial port, and no entry starts unasked; graphics only when the menu itself is to be looked at.
 */
export function terminalSetup(font: boolean): string {
  return `\
set default=0
set timeout=${TIMEOUT}
set color_normal=light-gray/black
set menu_color_normal=light-gray/black
set menu_color_highlight=white/blue

${font ? GRAPHICS : ''}if [ "$loopstick_watched" = yes ]; then
  serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1
  terminal_input serial console
  if [ "$loopstick_wanted" = ${quote(WATCHED_MENU)} ]; then
    terminal_output --append serial
  else
    terminal_output serial
  fi
  set timeout=-1
fi
`;
}

// A modest size: on machines with little memory, a large frame buffer leaves too little for the initrd.
const GRAPHICS = `\
if [ "$loopstick_watched" = no -o "$loopstick_wanted" = ${quote(WATCHED_MENU)} ]; then
  if loadfont "$prefix/fonts/unicode.pf2"; then
    set gfxmode=1024x768,800x600,auto
    set gfxpayload=keep
    if terminal_output gfxterm; then
      set theme="$prefix"${quote(`/${THEME_FOLDER}/theme.txt`)}
    fi
  fi
fi
`;

/** Where the font lies on the EFI system partition. */
export const FONT_FILE: string = `${PREFIX.slice(1)}/fonts/unicode.pf2`;
