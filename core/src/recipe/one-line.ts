/**
 * Text from outside as one line for people: the first line that is not empty, without control characters, format
 * characters (zero width, writing direction) and halves of surrogate pairs, cut at `limit` characters.
 */
export function oneLine(text: string, limit: number): string {
  for (const line of text.slice(0, 4096).split(/[\r\n\u2028\u2029]/u)) {
    const clean = line.replace(/[\p{Cc}\p{Cf}\p{Cs}\s]+/gu, ' ').trim();
    if (clean !== '') return Array.from(clean).slice(0, limit).join('').trimEnd();
  }
  return '';
}
