import {
  isLinux,
  isLoopstickError,
  isoPathOf,
  literal,
  parseMenuScript,
  withoutKeywords,
  type IsoContents,
  type MenuCommand,
  type MenuWord,
} from '@loopstick/core';

import { Variables } from './variables.ts';

/** How much of the menus is looked at. Real ones stay far below. */
const MOST_FILES = 32;
const MOST_DEPTH = 8;
const MOST_COMMANDS = 20_000;

/** A loopback.cfg that is present does not have to work; this says why one does not, and undefined when it does. */
export async function analyseMenu(iso: IsoContents, config: string, signal: AbortSignal): Promise<string | undefined> {
  const analysis = new Analysis(iso, signal);
  await analysis.file(config, new Variables(['iso_path']), 0);
  return analysis.problem(config);
}

/**
 * Follows `iso_path` through a menu: through variables that are set from it and files that are read, to a `linux` line
 * that has it among its arguments. The text is read from top to bottom with both branches of each condition taken, so
 * the answer is about what can happen and not about what one machine does.
 */
class Analysis {
  readonly #iso: IsoContents;
  readonly #signal: AbortSignal;
  /** Files being read, from the outermost: one that reads itself is not followed again. */
  readonly #open: string[] = [];
  #files = 0;
  #commands = 0;
  #sound = false;
  #kernels = 0;
  #missingKernel: string | undefined;
  #unread: string | undefined;

  constructor(iso: IsoContents, signal: AbortSignal) {
    this.#iso = iso;
    this.#signal = signal;
  }

  problem(config: string): string | undefined {
    if (this.#sound) return undefined;
    if (this.#missingKernel !== undefined) {
      return `its ${config} starts the kernel ${this.#missingKernel}, which is not there`;
    }
    if (this.#unread !== undefined) return `its ${config} needs ${this.#unread}, which cannot be read`;
    if (this.#kernels === 0) return `its ${config} starts no kernel`;
    return `its ${config} does not tell the kernel where the ISO is`;
  }

  async file(path: string, variables: Variables, depth: number): Promise<void> {
    if (this.#open.includes(path) || depth > MOST_DEPTH || ++this.#files > MOST_FILES) return;
    const text = await this.#read(path);
    if (text === undefined) return;
    this.#open.push(path);
    // Inside a condition or a block an assignment may or may not happen.
    let nesting = 0;
    for (const whole of parseMenuScript(text)) {
      if (this.#sound || ++this.#commands > MOST_COMMANDS) break;
      nesting += nestingChange(whole);
      await this.#command(withoutKeywords(whole), variables, nesting <= 0, depth);
    }
    this.#open.pop();
  }

  async #command(command: MenuCommand, variables: Variables, always: boolean, depth: number): Promise<void> {
    if (isLinux(command) || LINUX.test(variables.expand(command[0]) ?? '')) {
      this.#linux(command, variables);
      return;
    }
    const name = literal(command[0]);
    if (name === 'source' || name === '.' || name === 'configfile') {
      const path = isoPathOf(variables.expandWord(command[1]));
      if (path === undefined) return;
      // A configfile starts afresh and sees what was exported.
      const inner = name === 'configfile' ? variables.exported() : variables;
      await this.file(path, inner, depth + 1);
      return;
    }
    variables.run(command, always);
  }

  #linux(command: MenuCommand, variables: Variables): void {
    this.#kernels++;
    if (!command.slice(2).some((word: MenuWord) => variables.isTainted(word))) return;
    const kernel = isoPathOf(variables.expandWord(command[1]));
    if (kernel === undefined || this.#iso.has(kernel)) this.#sound = true;
    else this.#missingKernel ??= kernel;
  }

  async #read(path: string): Promise<string | undefined> {
    try {
      return await this.#iso.read(path, { signal: this.#signal });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!isLoopstickError(error)) throw error;
      this.#unread ??= path;
      return undefined;
    }
  }
}

const LINUX = /^linux(16|efi)?$/;
const NESTING: ReadonlyMap<string, number> = new Map([
  ...['if', 'while', 'until', 'for', '{'].map((word) => [word, 1] as const),
  ...['fi', 'done', '}'].map((word) => [word, -1] as const),
  ...['then', 'else', 'elif', 'do', '!'].map((word) => [word, 0] as const),
]);

/** By how many blocks a command goes deeper; `then if …` is one that starts with two keywords. */
function nestingChange(command: MenuCommand): number {
  let change = 0;
  for (const word of command) {
    const step = NESTING.get(literal(word) ?? '');
    if (step === undefined) break;
    change += step;
  }
  return change;
}
