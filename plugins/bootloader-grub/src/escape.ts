/**
 * Text from outside, for GRUB's script language and for its theme files. Nothing from outside may go into either
 * without one of these functions.
 */

// C0, DEL, C1, line and paragraph separators, and the zero-width and bidirectional controls that make a title look
// like another one. GRUB would hand some of them to a serial terminal as they are.
const UNWANTED = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** One line of text: every run of control characters becomes a blank, halves of surrogate pairs become U+FFFD. */
export function plain(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replace(UNWANTED, ' ');
}

/**
 * A word of GRUB script that stands for exactly `plain(text)`. Between single quotes nothing is special to GRUB
 * (grub-core/script/yylex.l, SQSTR), so only the single quote itself has to leave them.
 */
export function quote(text: string): string {
  return `'${plain(text).replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * A string of a theme file. Its reader knows no escapes: the text ends at the first `"` (gfxmenu/theme_loader.c), and a
 * label takes its text for a format of printf (gfxmenu/gui_label.c).
 */
export function themeString(text: string): string {
  return `"${plain(text).replaceAll('"', '\u201d').replaceAll('%', '%%')}"`;
}
