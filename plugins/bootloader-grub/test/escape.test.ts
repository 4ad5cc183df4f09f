import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { plain, quote, themeString } from '../src/escape.ts';
import { checkScript } from '../src/plan.ts';
import { grubWords } from './grub-words.ts';
import { runner } from './request.ts';

const NASTY = [
  "it's",
  `"double"`,
  '$HOME $' + '{root} $(x) `y`',
  String.raw`back\slash\\'`,
  "'",
  "''",
  "\\'",
  '',
  'a\nmenuentry evil { reboot }\r\n',
  '\u001b[2J\u009b1m\u0000\u007f',
  '} ; { | & < > # * ? [x]',
  'Café 日本語 😀 \ud800 \u202egnp.exe',
];
// Strings in which every other character is one that a careless quoting gets wrong.
const tricky = fc.string({
  unit: fc.constantFrom(...Array.from(`'"\\$\`{}; \n\r\t#|&<>*?[]-ab\u001b\u0000é😀`)),
  maxLength: 40,
});
const anything = fc.oneof(tricky, fc.string({ unit: 'binary', maxLength: 60 }), fc.constantFrom(...NASTY));

describe('quote', () => {
  it('stands for exactly the plain text, as one word, for any string', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(grubWords(`echo ${quote(text)} end`)).toEqual(['echo', plain(text), 'end']);
      }),
    );
  });

  it('never lets a line end, as a word must not reach the next line', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(quote(text)).not.toMatch(/[\r\n\u2028\u2029]/);
      }),
    );
  });

  it('makes words that GRUB itself accepts wherever they stand', async () => {
    const texts = [...NASTY, ...fc.sample(anything, { numRuns: 500, seed: 1 })];
    const script = texts.map((text) => `menuentry ${quote(text)} --id ${quote(text)} {\n  echo ${quote(text)}\n}\n`);
    await checkScript(script.join(''), runner, AbortSignal.timeout(60_000));
  });
});

describe('plain', () => {
  it('leaves no control character, no direction mark and no half of a pair', () => {
    expect(plain('a\u001b[31m\r\nb\u202ec\u0085d')).toBe('a [31m b c d');
    expect(plain('x\ud800y')).toBe('x\ufffdy');
  });

  it('leaves ordinary text alone', () => {
    const text = `Ubuntu 24.04 "Noble" — it's 100 % $ok \\ 日本語 😀`;
    expect(plain(text)).toBe(text);
  });
});

describe('themeString', () => {
  it('ends at its last character and nowhere before', () => {
    fc.assert(
      fc.property(anything, (text) => {
        expect(themeString(text)).toMatch(/^"[^"\r\n]*"$/);
      }),
    );
  });
});
