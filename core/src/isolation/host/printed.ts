import type { Readable } from 'node:stream';

/** Lines that are passed on; somebody who writes a plugin wants to see them, and nobody wants more. */
const LINES = 20;
const LINE_LENGTH = 500;

/** What a plugin prints: the first lines are passed on, all is counted, and nothing is kept. */
export class Printed {
  readonly #onLine: (line: string) => void;
  readonly #limit: number;
  readonly #onFlood: () => void;
  #bytes = 0;
  #lines = 0;
  #last = '';
  #noMemory = false;

  constructor(limit: number, onLine: (line: string) => void, onFlood: () => void) {
    this.#limit = limit;
    this.#onLine = onLine;
    this.#onFlood = onFlood;
  }

  /** The last line. */
  get lastWords(): string {
    return this.#last;
  }

  /** Node's own report of its end by lack of memory. */
  get saysNoMemory(): boolean {
    return this.#noMemory;
  }

  follow(stream: Readable): void {
    let rest = '';
    stream.on('error', () => undefined);
    stream.on('data', (piece: Buffer) => {
      this.#bytes += piece.length;
      if (this.#bytes > this.#limit) {
        stream.destroy();
        this.#onFlood();
        return;
      }
      const lines = (rest + piece.toString('utf8')).split('\n');
      rest = (lines.pop() ?? '').slice(0, LINE_LENGTH);
      for (const line of lines) this.#take(line.slice(0, LINE_LENGTH));
    });
    stream.on('end', () => {
      if (rest !== '') this.#take(rest);
    });
  }

  #take(line: string): void {
    // From here on Node speaks, and not the plugin.
    if (/^<--- Last few GCs|^FATAL ERROR: .*out of memory/.test(line)) this.#noMemory = true;
    if (line.trim() === '' || this.#noMemory) return;
    this.#last = line;
    if (++this.#lines <= LINES) this.#onLine(line);
  }
}
