import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure } from '../../engine/errors.ts';

/** A signal that is aborted after a time, as the engine's own guard of a call does it (engine/deadline.ts). */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(ms: number, values: { readonly plugin: string; readonly hook: string }) {
    this.#timer = setTimeout(() => {
      const { plugin } = values;
      const late = failure(ENGINE_ERRORS.tapDeadline, { ...values, seconds: ms / 1000 }, { pluginId: plugin });
      this.#controller.abort(late);
    }, ms).unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
