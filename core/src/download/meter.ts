import type { Engine } from '../engine/engine.ts';
import type { Step } from '../engine/events.ts';

const INTERVAL_MS = 100;

/** Emits progress about ten times a second, and always the first and the last of it. */
export class Meter {
  readonly #engine: Engine;
  readonly #step: Step;
  readonly #label: string;
  #last = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine, step: Step, label: string) {
    this.#engine = engine;
    this.#step = step;
    this.#label = label;
  }

  report(done: number, total: number | undefined): void {
    const now = this.#engine.context.now().getTime();
    // The difference counts in both directions: a clock that was set back must not silence the meter.
    if (done !== total && Math.abs(now - this.#last) < INTERVAL_MS) return;
    this.#last = now;
    this.#engine.events.emit('progress', { step: this.#step, label: this.#label, done, total });
  }
}
