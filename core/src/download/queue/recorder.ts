import type { Engine } from '../../engine/engine.ts';
import { unrecorded } from './open-store.ts';

/**
 * Writes to the database what is good to know but not needed for a download: when that fails, for instance on a full
 * disk, there is one warning and the download goes on.
 */
export class Recorder {
  readonly #engine: Engine;
  #isWarned = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What `work` returns; undefined when it failed. */
  try<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.warn(error);
      return undefined;
    }
  }

  warn(error: unknown): void {
    if (!this.#isWarned) this.#engine.events.emit('warning', unrecorded(this.#engine, error));
    this.#isWarned = true;
  }
}
