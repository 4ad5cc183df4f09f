import { literal, type MenuCommand, type MenuWord } from '@loopstick/core';

// `set a=$a$a` doubles a text each time.
const LONGEST = 4096;

/** GRUB's variables while a menu is read: which hold something of `iso_path`, and which a known text. */
export class Variables {
  readonly #tainted: Set<string>;
  readonly #texts: Map<string, string>;
  readonly #exported: Set<string>;

  /** @param exported names that are tainted and exported from the start */
  constructor(exported: Iterable<string>) {
    this.#exported = new Set(exported);
    this.#tainted = new Set(this.#exported);
    this.#texts = new Map();
  }

  /** What a configfile sees of them. */
  exported(): Variables {
    const inner = new Variables([]);
    for (const name of this.#exported) {
      inner.#exported.add(name);
      if (this.#tainted.has(name)) inner.#tainted.add(name);
      const text = this.#texts.get(name);
      if (text !== undefined) inner.#texts.set(name, text);
    }
    return inner;
  }

  isTainted(word: MenuWord): boolean {
    return word.some((part) => 'variable' in part && this.#tainted.has(part.variable));
  }

  /** The word with the variables of known text filled in; as it is when that would make it longer than any path. */
  expandWord(word: MenuWord | undefined): MenuWord | undefined {
    let length = 0;
    const expanded = word?.map((part) => {
      const text = 'variable' in part ? this.#texts.get(part.variable) : part.text;
      length += text?.length ?? 0;
      return text === undefined ? part : { text };
    });
    return length > LONGEST ? word : expanded;
  }

  /** The word's text, as far as it is known. */
  expand(word: MenuWord | undefined): string | undefined {
    return literal(this.expandWord(word));
  }

  /** Runs a command that sets variables; others do nothing. `always`: nothing decides whether it is run. */
  run(command: MenuCommand, always: boolean): void {
    const [first, ...rest] = command;
    if (first === undefined) return;
    const name = literal(first);
    if (name === 'set') this.#assign(rest[0], always);
    else if (name === 'export') for (const word of rest) this.#exported.add(literal(word)?.replace(/=.*/s, '') ?? '');
    else if (name === 'unset' && always) this.#forget(literal(rest[0]) ?? '');
    else if (name === 'regexp') this.#regexp(rest);
    else if (name === 'for') this.#loop(rest);
    else this.#assign(first, always);
  }

  #assign(word: MenuWord | undefined, always: boolean): void {
    const [head, ...tail] = word ?? [];
    const match = head !== undefined && 'text' in head ? /^([A-Za-z_]\w*)=(.*)$/s.exec(head.text) : null;
    if (match === null) return;
    const [, name = '', start = ''] = match;
    const value: MenuWord = [{ text: start }, ...tail];
    const tainted = this.isTainted(value);
    if (tainted || always) this.#forget(name);
    if (tainted) this.#tainted.add(name);
    const text = this.expand(value);
    if (!tainted && text !== undefined) this.#texts.set(name, text);
  }

  /** `regexp --set=1:name pattern text` puts parts of the text into variables. */
  #regexp(words: readonly MenuWord[]): void {
    if (!words.some((word) => this.isTainted(word))) return;
    for (const [index, word] of words.entries()) {
      const text = literal(word) ?? '';
      const target = text === '--set' || text === '-s' ? literal(words[index + 1]) : /^--set=(.*)$/s.exec(text)?.[1];
      if (target !== undefined) this.#tainted.add(target.replace(/^\d+:/, ''));
    }
  }

  /** `for name in words` */
  #loop([name, , ...words]: readonly MenuWord[]): void {
    const variable = literal(name);
    if (variable !== undefined && words.some((word) => this.isTainted(word))) this.#tainted.add(variable);
  }

  #forget(name: string): void {
    this.#tainted.delete(name);
    this.#texts.delete(name);
  }
}
