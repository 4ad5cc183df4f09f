/**
 * One line of a Boot Loader Specification file: a key, a blank, and the rest of the line as its value. Nothing from
 * outside may go into one without this function.
 *
 * systemd-boot cuts at CR, LF and NUL, drops blanks and tabs at both ends, and takes away double quotes that enclose a
 * value as a whole (src/boot/efi/boot.c, line_get_key_value). So a value that has such quotes is given a second pair.
 */
export function line(key: string, value: string): string {
  const text = plain(value);
  const quoted = text.startsWith('"') && text.endsWith('"');
  return `${key} ${quoted ? `"${text}"` : text}\n`;
}

// C0, DEL, C1, line and paragraph separators, and the zero-width and bidirectional controls that make a title look
// like another one.
const UNWANTED = /[\p{Cc}\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** One line of text without blanks at its ends; halves of surrogate pairs become U+FFFD. */
export function plain(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replace(UNWANTED, ' ').trim();
}
