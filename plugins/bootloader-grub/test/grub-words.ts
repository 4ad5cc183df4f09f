/**
 * Splits one command of GRUB script into words as grub-core/script/yylex.l does, for what `quote` may produce: single
 * quotes, a backslash outside them, and blanks. Whatever GRUB would take for syntax or for a variable is an error.
 */
export function grubWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if (char === "'") {
      const end = line.indexOf("'", at + 1);
      if (end < 0) throw new Error('a single quote is not closed');
      word = (word ?? '') + line.slice(at + 1, end);
      at = end;
    } else if (char === '\\') {
      at++;
      if (at === line.length) throw new Error('nothing follows a backslash');
      word = (word ?? '') + line.charAt(at);
    } else if (char === ' ' || char === '\t') {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (/[{}|&$;<>\n"]/.test(char)) {
      throw new Error(`"${char}" has a meaning here`);
    } else {
      word = (word ?? '') + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
