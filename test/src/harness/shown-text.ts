/** What a command has written, to be waited for. */
export class ShownText {
  #text = '';
  #end: string | undefined;
  readonly #waiting = new Set<() => void>();

  add(text: string): void {
    this.#text += text;
    this.#look();
  }

  /** Nothing follows: whoever still waits, waits in vain. */
  end(): void {
    this.#end = this.#text;
    this.#look();
  }

  /** Resolves when this has appeared. @throws when the end has come without it */
  shows(text: string | RegExp): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const isThere = typeof text === 'string' ? this.#text.includes(text) : text.test(this.#text);
        if (isThere) resolve();
        else if (this.#end !== undefined) reject(new Error(`It ended without ${String(text)}: ${this.#end}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of [...this.#waiting]) look();
  }
}
