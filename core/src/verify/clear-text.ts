const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END = '-----END PGP SIGNATURE-----';

export interface NumberedLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a text or, when it is in a cleartext signature framework (RFC 9580, section 7), of what was signed:
 * whatever stands around that was not, and anyone could have added it. The signature itself is not checked here.
 * Undefined when the framework is broken or there are several.
 */
export function linesOfText(text: string): readonly NumberedLine[] | undefined {
  const all = text.split('\n').map((line, index) => ({ number: index + 1, text: line.replace(/\r$/, '') }));
  const at = (marker: string): number[] =>
    all.filter((line) => line.text.trimEnd() === marker).map(({ number }) => number - 1);
  const [begin, secondBegin] = at(BEGIN);
  if (begin === undefined) return all;
  const [signature, secondSignature] = at(SIGNATURE);
  const [end] = at(END);
  if (secondBegin !== undefined || signature === undefined || secondSignature !== undefined) return undefined;
  const blank = all.findIndex((line, index) => index > begin && line.text.trim() === '');
  if (blank === -1 || blank > signature || end === undefined || end < signature) return undefined;
  // A line that began with a dash was escaped with "- " (section 7.2).
  return all
    .slice(blank + 1, signature)
    .map((line) => (line.text.startsWith('- ') ? { ...line, text: line.text.slice(2) } : line));
}
