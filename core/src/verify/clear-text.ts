const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';
/** The only header that may stand before a signed text (RFC 9580, section 7): others have carried what looked signed. */
const HASH_HEADER = /^Hash: [A-Za-z0-9, /-]{1,200}$/;

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * A text in the cleartext signature framework of RFC 9580, section 7, taken apart; nothing is checked against anything.
 * - `plain`: it is in no such framework
 * - `signed`: `lines` are what the signature is over, without dash escapes and without the white space at their ends,
 *   which is not signed; `armour` is the signature; `around` is true when something stands before or after it all
 * - `several`: more than one text or signature
 * - `broken`: a part is missing, or there is a header or a line that such a text cannot have
 */
export type ClearText =
  | { readonly form: 'plain'; readonly lines: readonly NumberedLine[] }
  | {
      readonly form: 'signed';
      readonly lines: readonly NumberedLine[];
      readonly armour: string;
      readonly around: boolean;
    }
  | { readonly form: 'several' }
  | { readonly form: 'broken' };

export function readClearText(text: string): ClearText {
  const all = text.split('\n').map((line, index) => ({ number: index + 1, text: line.replace(/\r$/, '') }));
  const markers = all.map((line) => (line.text.startsWith('-----') ? withoutEnd(line.text) : ''));
  const begin = markers.indexOf(BEGIN);
  const signature = markers.indexOf(SIGNATURE);
  const end = markers.indexOf(END);
  if (begin === -1) return { form: 'plain', lines: all };
  if ([BEGIN, SIGNATURE, END].some((marker) => markers.indexOf(marker) !== markers.lastIndexOf(marker))) {
    return { form: 'several' };
  }
  const blank = all.findIndex((line, index) => index > begin && withoutEnd(line.text) === '');
  if (blank === -1 || blank > signature || signature > end) return { form: 'broken' };
  const headers = all.slice(begin + 1, blank).map((line) => withoutEnd(line.text));
  const written = all.slice(blank + 1, signature);
  // Whoever signs escapes each line that begins with a dash (section 7.2): one without was never written so.
  const unescaped = written.some((line) => line.text.startsWith('-') && !line.text.startsWith('- '));
  if (unescaped || headers.some((header) => !HASH_HEADER.test(header))) return { form: 'broken' };
  return {
    form: 'signed',
    lines: written.map(({ number, text: line }) => ({
      number,
      text: withoutEnd(line.startsWith('- ') ? line.slice(2) : line),
    })),
    armour: all
      .slice(signature, end + 1)
      .map((line) => line.text)
      .join('\n'),
    around: [...all.slice(0, begin), ...all.slice(end + 1)].some((line) => withoutEnd(line.text) !== ''),
  };
}

/**
 * The lines of a text or, when it is in a cleartext signature framework, of what was signed: whatever stands around
 * that was not, and anyone could have added it. The signature itself is not checked here.
 * Undefined when the framework is broken or there are several.
 */
export function linesOfText(text: string): readonly NumberedLine[] | undefined {
  const read = readClearText(text);
  return 'lines' in read ? read.lines : undefined;
}

/** Without spaces, tabs and carriage returns at its end. By hand, as a regular expression tries each run of spaces. */
export function withoutEnd(line: string): string {
  let length = line.length;
  while (length > 0 && ' \t\r'.includes(line.charAt(length - 1))) length--;
  return line.slice(0, length);
}
