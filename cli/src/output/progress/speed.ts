import type { Progress } from '@loopstick/core';

const WINDOW_MS = 5000;
const SHORTEST_MS = 250;

/** Bytes per second over the last few seconds of one step. */
export class Speed {
  readonly #clock: () => number;
  #samples: { at: number; done: number; label: string }[] = [];

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  reset(): void {
    this.#samples = [];
  }

  /** Undefined until enough is known. */
  add({ done, label }: Progress): number | undefined {
    const at = this.#clock();
    const last = this.#samples.at(-1);
    if (last !== undefined && (last.label !== label || done < last.done)) this.reset();
    this.#samples.push({ at, done, label });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    if (first === undefined || at - first.at < SHORTEST_MS) return undefined;
    return ((done - first.done) / (at - first.at)) * 1000;
  }
}
