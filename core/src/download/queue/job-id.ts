// No vowels, so that ids are no words, and nothing that looks like something else.
const LETTERS = 'bcdfghjkmnpqrstvwxyz23456789';
const LENGTH = 6;

/** A name for a download that a person can type. */
export function newJobId(random: (length: number) => Uint8Array): string {
  return [...random(LENGTH)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
}
