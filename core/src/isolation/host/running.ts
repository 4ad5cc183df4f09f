import type { PluginProcess } from './plugin-process.ts';

/**
 * The processes of one engine's plugins. One that is idle notices that the engine has gone, but one that spins does not:
 * so all are ended when this process ends. When it is killed, what `tether.ts` finds does that.
 */
export class RunningProcesses {
  readonly #all = new Set<PluginProcess>();

  add(process_: PluginProcess): void {
    if (this.#all.size === 0) process.once('exit', this.endAll);
    this.#all.add(process_);
  }

  delete(process_: PluginProcess): void {
    this.#all.delete(process_);
    if (this.#all.size === 0) process.off('exit', this.endAll);
  }

  readonly endAll = (): void => {
    for (const each of this.#all) each.end();
  };
}
