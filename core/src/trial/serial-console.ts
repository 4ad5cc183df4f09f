import type { BootMarkers } from '../recipe/boot-entry.ts';
import { parseWatchedLine } from './watched-boot.ts';

/** How far a boot came, in order. */
export const BOOT_STAGES = ['nothing', 'menu', 'kernel', 'userland'] as const;
export type BootStage = (typeof BOOT_STAGES)[number];

const KERNEL = [/\bLinux version \d/];
// printk's own line when PID 1 starts (init/main.c, run_init_process), and its message prefix.
const INIT = /\bRun \/\S* as init process/;
const PRINTK = /^\[\s*\d+\.\d+\]/;
const PANIC = 'Kernel panic - not syncing';

const TEXT_LIMIT = 4 * 1024 * 1024;

/** Follows the text of a serial console, as it comes in pieces, and says how far one entry has come. */
export class SerialConsole {
  readonly #id: string;
  readonly #markers: BootMarkers;
  readonly #ready: string | undefined;
  readonly #listed: string[] = [];
  #text = '';
  #line = '';
  #stage: BootStage = 'nothing';
  #started = false;
  #init = false;
  #failure: string | undefined;

  /** @param ready what the console shows when the menu is there, for one that is watched by typing */
  constructor(id: string, markers: BootMarkers, ready?: string) {
    this.#id = id;
    this.#markers = markers;
    this.#ready = ready;
  }

  get stage(): BootStage {
    return this.#stage;
  }

  /** The ids that the menu listed. */
  get listed(): readonly string[] {
    return this.#listed;
  }

  /** The bootloader has begun to start the entry. */
  get started(): boolean {
    return this.#started;
  }

  /** Why the boot cannot come any further. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The last lines that say something, for a report. */
  tail(lines: number): string[] {
    return readable(this.#text)
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(-lines);
  }

  /** What starts the entry is being typed: from here on the console is the entry's. */
  typed(): void {
    this.#started = true;
    this.#line = '';
  }

  add(chunk: string): void {
    this.#text = (this.#text + chunk).slice(-TEXT_LIMIT);
    const pieces = (this.#line + chunk).split(/[\r\n]+/);
    this.#line = (pieces.pop() ?? '').slice(-4096);
    for (const line of pieces) this.#take(line);
    // Userland often prompts without a line end.
    this.#match(readable(this.#line));
  }

  #take(raw: string): void {
    const event = parseWatchedLine(raw);
    if (event?.type === 'entry') this.#listed.push(event.id);
    if (event?.type === 'menu') this.#reach('menu');
    if (event?.type === 'start' && event.id === this.#id) this.#started = true;
    if (event?.type === 'failed' && event.id === this.#id) this.#failure = `the bootloader reports: ${event.what}`;
    if (event === undefined) this.#match(readable(raw).trim());
  }

  #match(line: string): void {
    if (this.#ready !== undefined && line.includes(this.#ready)) this.#reach('menu');
    if (line === '' || !this.#started) return;
    if (line.includes(PANIC)) this.#failure = 'the kernel panicked';
    if (contains(line, this.#markers.kernel) || KERNEL.some((pattern) => pattern.test(line))) this.#reach('kernel');
    if (this.#markers.userland !== undefined) {
      if (contains(line, this.#markers.userland)) this.#reach('userland');
      return;
    }
    // Without a marker of its own: the first thing that PID 1 says, which is what does not come from the kernel.
    if (INIT.test(line)) this.#init = true;
    else if (this.#init && !PRINTK.test(line)) this.#reach('userland');
  }

  #reach(stage: BootStage): void {
    if (BOOT_STAGES.indexOf(stage) > BOOT_STAGES.indexOf(this.#stage)) this.#stage = stage;
  }
}

function contains(line: string, markers: readonly string[] | undefined): boolean {
  return markers?.some((marker) => line.includes(marker)) === true;
}

/** Without ECMA-48 control sequences and other control characters, line ends kept. */
function readable(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|[@-_])|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, '');
}
