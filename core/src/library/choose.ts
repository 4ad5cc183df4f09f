import { failure } from '../engine/errors.ts';
import { LIBRARY_ERRORS } from './library-errors.ts';

interface Choosable {
  readonly file: string;
  readonly sha256: string;
}

// Fewer digits are more likely a mistake than a choice.
const DIGEST_PREFIX = /^[0-9a-f]{4,64}$/;

/**
 * The files that a person means: each by its name or by the beginning of its SHA-256. A name stands for all files that
 * have it; the beginning of a digest only for one digest. Each file once, in the order of the words.
 * @throws LoopstickError LIBRARY_NOT_FOUND, LIBRARY_AMBIGUOUS
 */
export function chooseFiles<T extends Choosable>(files: readonly T[], words: readonly string[]): T[] {
  return [...new Set(words.flatMap((word) => meantBy(files, word)))];
}

function meantBy<T extends Choosable>(files: readonly T[], word: string): T[] {
  const named = files.filter(({ file }) => file === word);
  if (named.length > 0) return named;
  const digits = word.toLowerCase();
  const fitting = DIGEST_PREFIX.test(digits) ? files.filter(({ sha256 }) => sha256.startsWith(digits)) : [];
  if (fitting.length === 0) throw failure(LIBRARY_ERRORS.notThere, { word });
  if (new Set(fitting.map(({ sha256 }) => sha256)).size > 1) {
    const names = fitting.map(({ file, sha256 }) => `${file} (${sha256.slice(0, 12)}…)`);
    throw failure(LIBRARY_ERRORS.ambiguous, { word, files: names.join(' or ') });
  }
  return fitting;
}
