import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { isLinux, isoPathOf, literal, parseMenuScript, withoutKeywords } from '../../src/recipe/menu-script.ts';

/** Words as text, with variables as `<name>`. */
const words = (script: string): string[][] =>
  parseMenuScript(script).map((command) =>
    command.map((word) => word.map((part) => ('text' in part ? part.text : `<${part.variable}>`)).join('')),
  );

describe('parseMenuScript', () => {
  test('splits commands and words', () => {
    expect(words('set a=b; echo  c\td\n\n;e')).toEqual([['set', 'a=b'], ['echo', 'c', 'd'], ['e']]);
  });

  test('knows quotes, escapes and variables', () => {
    expect(words(`a 'b $c' "d $e \${f} \\" \\$g" h\\ i j$k"l"'m'`)).toEqual([
      ['a', 'b $c', 'd <e> <f> " $g', 'h i', 'j<k>lm'],
    ]);
    expect(words(`linux /k iso-scan/filename=\${iso_path} $? $1 $ x`)).toEqual([
      ['linux', '/k', 'iso-scan/filename=<iso_path>', '<?>', '<1>', '$', 'x'],
    ]);
    expect(words(`empty "" ''`)).toEqual([['empty', '', '']]);
  });

  test('joins lines and drops comments', () => {
    expect(words('linux /k \\\n  quiet # not this\n# nor this\nx#y')).toEqual([['linux', '/k', 'quiet'], ['x#y']]);
  });

  test('opens blocks', () => {
    const script = `menuentry "A" --class os {\n linux /k\n}\nif [ "$x" ]; then linux /l; fi`;
    expect(words(script)).toEqual([
      ['menuentry', 'A', '--class', 'os'],
      ['{'],
      ['linux', '/k'],
      ['}'],
      ['if', '[', '<x>', ']'],
      ['then', 'linux', '/l'],
      ['fi'],
    ]);
  });

  test('survives what never ends', () => {
    for (const script of ["'", '"', '\\', '${', '$', '"${', '"\\', '{{{{', '\0', 'a\\']) {
      expect(() => parseMenuScript(script)).not.toThrow();
    }
  });

  test('takes any text, and keeps the words of what it quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (script) => {
        expect(parseMenuScript(script).every((command) => command.length > 0)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (texts) => {
        const quoted = texts.map((text) => `'${text.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(parseMenuScript(quoted).map((command) => command.map(literal))).toEqual([texts]);
      }),
    );
  });

  test('takes time in proportion', () => {
    const start = performance.now();
    for (const piece of ['"', "'", '$a', '${', '\\', '{', 'x', '"$a']) parseMenuScript(piece.repeat(256 * 1024));
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe('commands', () => {
  const first = (script: string) => parseMenuScript(script)[0] ?? [];

  test.each([
    ['linux /k', true],
    ['linuxefi /k', true],
    ['linux16 /k', true],
    ['$linux /k', true],
    [`\${linux_cmd} /k`, true],
    ['linuxx /k', false],
    ['$other /k', false],
    ['echo linux', false],
  ])('%s: starts Linux: %s', (script, expected) => {
    expect(isLinux(first(script))).toBe(expected);
  });

  test('stand behind keywords', () => {
    expect(withoutKeywords(first('then if linux /k')).map(literal)).toEqual(['linux', '/k']);
    expect(withoutKeywords(first('else'))).toEqual([]);
  });

  test.each([
    ['/a/b', '/a/b'],
    ['(loop)/a', '/a'],
    ['(loop,msdos1)/a', '/a'],
    ['($root)/a/b', '/a/b'],
    ['($root)//a///b', '/a/b'],
    ['$root/a', '/a'],
    ['$prefix/a', undefined],
    ['a/b', undefined],
    ['($x)/a', undefined],
  ])('the path of %s is %s', (word, path) => {
    expect(isoPathOf(first(word)[0])).toBe(path);
  });
});
