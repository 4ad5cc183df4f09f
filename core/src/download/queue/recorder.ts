import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import { stateFile, unrecorded } from './open-store.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';

/**
 * Writes to the database what is good to know but not needed for a download: when that fails, for instance on a full
 * disk, there is one warning and the download goes on.
 */
export class Recorder {
  readonly #engine: Engine;
  #isWarned = false;
  readonly #unreadable = new Set<string>();

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

  /** An entry that cannot be read is said once, and not again whenever somebody looks. */
  readonly skip = (id: string): void => {
    if (this.#unreadable.has(id)) return;
    this.#unreadable.add(id);
    const values = { id, file: stateFile(this.#engine) };
    this.#engine.events.emit('warning', failure(QUEUE_ERRORS.unreadable, values));
  };

  warn(error: unknown): void {
    if (!this.#isWarned) this.#engine.events.emit('warning', unrecorded(this.#engine, error));
    this.#isWarned = true;
  }
}
