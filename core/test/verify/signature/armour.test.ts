import { describe, expect, it } from 'vitest';

import { dearmour } from '../../../src/verify/signature/armour.ts';

const block = (...lines: readonly string[]): string =>
  ['-----BEGIN PGP SIGNATURE-----', ...lines, '-----END PGP SIGNATURE-----', ''].join('\n');
const read = (text: string): string | undefined => {
  const bytes = dearmour(text, 'SIGNATURE');
  return bytes === undefined ? undefined : Buffer.from(bytes).toString();
};

describe('an armour', () => {
  it.each([
    ['with headers and a checksum', block('Version: 1', 'Comment: a', '', 'bGlz', 'dA==', '=AbCd'), 'list'],
    ['without either', block('', 'bGlzdA=='), 'list'],
    ['with a wrong checksum, which proves nothing', block('', 'bGlzdA==', '=AAAA'), 'list'],
    ['between other lines', `text\n${block('', 'bGlzdA==')}text`, 'list'],
    ['with Windows line breaks', block('', 'bGlzdA==').replaceAll('\n', '\r\n'), 'list'],
    ['and another', `${block('', 'bGlz')}\n${block('', 'dA==')}`, 'list'],
  ])('%s is read', (_, text, content) => {
    expect(read(text)).toBe(content);
  });

  it.each([
    ['that is not there', 'text'],
    ['of another kind', block('', 'bGlzdA==').replaceAll('SIGNATURE', 'MESSAGE')],
    ['without an end', block('', 'bGlzdA==').replace(/\n-----END.*/, '')],
    ['without an end, after one that has it', `${block('', 'bGlz')}-----BEGIN PGP SIGNATURE-----\n\ndA==\n`],
    ['without an empty line', block('bGlzdA==')],
    ['with a header that is none', block('Comment', '', 'bGlzdA==')],
    ['with another within it', block('', '-----BEGIN PGP SIGNATURE-----', '', 'bGlzdA==')],
    ['with nothing in it', block('')],
    ['with letters that are not of base64', block('', 'bGl%dA==')],
    ['with a letter too few', block('', 'bGlzdA=')],
  ])('%s is none', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});
