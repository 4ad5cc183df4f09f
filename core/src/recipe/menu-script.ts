/**
 * Reads the boot menus that ISOs bring. They are written in GRUB's script language (GRUB manual 2.12, "Shell-like
 * scripting"; grub-core/script/yylex.l), of which only commands and words matter here: nothing is ever executed.
 */

/** A piece of a word: literal text, or the value of a variable. */
export type WordPart = { readonly text: string } | { readonly variable: string };

/** One word of a command, in the order of its pieces. */
export type MenuWord = readonly WordPart[];

/** One simple command: its name and its arguments. */
export type MenuCommand = readonly MenuWord[];

const BLANK = /[ \t\r]/;
const SEPARATOR = /[\n;|&<>]/;
// Names, numbered parameters, and the special ones of a single character.
const VARIABLE = /\$(?:\{([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?*#@])\}|([A-Za-z_][A-Za-z0-9_]*|[0-9]+|[?*#@]))/y;

/**
 * The simple commands of a script, in order of their text. `{` and `}` are commands of their own; the
 * keywords (`if`, `then`, …) are words: `if [ … ]; then linux …; fi` gives `if [ … ]`, `then linux …`, `fi`.
 * Takes any text whatsoever, in time proportional to its length.
 */
export function parseMenuScript(script: string): MenuCommand[] {
  const commands: MenuCommand[] = [];
  let command: MenuWord[] = [];
  let word: WordPart[] | undefined;
  let at = 0;

  const addText = (text: string): void => {
    word ??= [];
    const last = word.at(-1);
    if (last !== undefined && 'text' in last) word[word.length - 1] = { text: last.text + text };
    else word.push({ text });
  };
  const endWord = (): void => {
    if (word !== undefined) command.push(word);
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    if (command.length > 0) commands.push(command);
    command = [];
  };
  /** A variable at `at`, if one starts there. */
  const takeVariable = (): boolean => {
    VARIABLE.lastIndex = at;
    const match = VARIABLE.exec(script);
    if (match === null) return false;
    (word ??= []).push({ variable: match[1] ?? match[2] ?? '' });
    at += match[0].length;
    return true;
  };
  const endOf = (from: number, mark: string): number => {
    const end = script.indexOf(mark, from);
    return end === -1 ? script.length : end;
  };

  while (at < script.length) {
    const char = script.charAt(at);
    if (char === '\\') {
      // A backslash at the end of a line joins it with the next.
      const next = script.charAt(at + 1);
      if (next !== '\n' && next !== '') addText(next);
      at += 2;
    } else if (char === "'") {
      const end = endOf(at + 1, "'");
      addText(script.slice(at + 1, end));
      at = end + 1;
    } else if (char === '"') {
      addText('');
      at++;
      while (at < script.length && script.charAt(at) !== '"') {
        if (script.charAt(at) === '$' && takeVariable()) continue;
        if (script.charAt(at) === '\\' && /["$\\\n]/.test(script.charAt(at + 1))) {
          at++;
          if (script.charAt(at) !== '\n') addText(script.charAt(at));
        } else {
          addText(script.charAt(at));
        }
        at++;
      }
      at++;
    } else if (char === '$' && takeVariable()) {
      continue;
    } else if (char === '#' && word === undefined) {
      at = endOf(at, '\n');
    } else if (SEPARATOR.test(char)) {
      endCommand();
      at++;
    } else if (BLANK.test(char)) {
      endWord();
      at++;
    } else if (char === '{' || char === '}') {
      endCommand();
      commands.push([[{ text: char }]]);
      at++;
    } else {
      addText(char);
      at++;
    }
  }
  endCommand();
  return commands;
}

/** A word's text when no variable is in it. */
export function literal(word: MenuWord | undefined): string | undefined {
  if (word === undefined) return undefined;
  let text = '';
  for (const part of word) {
    if ('variable' in part) return undefined;
    text += part.text;
  }
  return text;
}

const KEYWORDS = new Set(['if', 'elif', 'else', 'then', 'while', 'until', 'do', '!']);

/** The command behind leading keywords: `then linux …` is `linux …`. */
export function withoutKeywords(command: MenuCommand): MenuCommand {
  const start = command.findIndex((word) => !KEYWORDS.has(literal(word) ?? ''));
  return start === -1 ? [] : command.slice(start);
}

const LINUX = /^linux(16|efi)?$/;

/** True for `linux`, `linux16`, `linuxefi`, and for a variable that stands for one of them: `$linux`, `${linux_cmd}`. */
export function isLinux(command: MenuCommand): boolean {
  const [name] = command;
  if (name === undefined) return false;
  const text = literal(name);
  if (text !== undefined) return LINUX.test(text);
  const [part] = name;
  return name.length === 1 && part !== undefined && 'variable' in part && part.variable.startsWith('linux');
}

/** The path of a file of the ISO that a word names: `/a/b`, `($root)/a/b`, `(loop)/a/b`, `${root}/a/b`. */
export function isoPathOf(word: MenuWord | undefined): string | undefined {
  if (word === undefined) return undefined;
  let text = '';
  for (const part of word) {
    if ('text' in part) text += part.text;
    else if (part.variable === 'root' && /^\(?$/.test(text)) text += 'root';
    else return undefined;
  }
  const path = text.replace(/^\([^()/]*\)|^root(?=\/)/, '').replace(/\/{2,}/g, '/');
  return path.startsWith('/') ? path : undefined;
}
