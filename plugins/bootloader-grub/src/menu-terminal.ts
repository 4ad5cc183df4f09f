import { quote } from './escape.ts';
import { PREFIX } from './images.ts';
import { THEME_FOLDER } from './theme.ts';

/** Seconds until the first entry starts by itself. */
const TIMEOUT = 30;

/**
 * Timeout, colours and terminal. Watched: the serial port, and no entry starts unasked. Otherwise graphics when there
 * is a font, else the text console that GRUB starts with.
 */
export function terminalSetup(font: boolean): string {
  return `\
set default=0
set timeout=${TIMEOUT}
set color_normal=light-gray/black
set menu_color_normal=light-gray/black
set menu_color_highlight=white/blue

if [ "$loopstick_watched" = yes ]; then
  serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1
  terminal_input serial console
  terminal_output serial
  set timeout=-1
${font ? GRAPHICS : ''}fi
`;
}

// A modest size: on machines with little memory, a large frame buffer leaves too little for the initrd.
const GRAPHICS = `\
elif loadfont "$prefix/fonts/unicode.pf2"; then
  set gfxmode=1024x768,800x600,auto
  set gfxpayload=keep
  if terminal_output gfxterm; then
    set theme="$prefix"${quote(`/${THEME_FOLDER}/theme.txt`)}
  fi
`;

/** Where the font lies on the EFI system partition. */
export const FONT_FILE: string = `${PREFIX.slice(1)}/fonts/unicode.pf2`;
