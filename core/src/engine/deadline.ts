/** Calls into plugins: each has a deadline, and each that has not settled is known. */
import { ENGINE_ERRORS } from './engine-errors.ts';
import { failure, isLoopstickError, LoopstickError, messageOf } from './errors.ts';

export interface PluginCall {
  readonly pluginId: string;
  /** The hook, and the part of it: `recipes/ubuntu`. */
  readonly place: string;
}

/** The plugin calls under way. One per engine. */
export class CallGuard {
  readonly #pending = new Set<PluginCall>();

  /** Calls that have neither returned nor thrown, for instance when the process is about to end for lack of work. */
  get unfinished(): readonly PluginCall[] {
    return [...this.#pending];
  }

  /**
   * Runs `work` with a signal that is aborted at the deadline or with `signal`.
   *
   * @throws LoopstickError PLUGIN_TAP_DEADLINE after `deadlineMs`; PLUGIN_TAP_FAILED for anything that is not a
   *   LoopstickError already; a LoopstickError gets the plugin's id; the reason of `signal` when that was aborted.
   */
  async call<T>(
    call: PluginCall,
    options: { readonly signal: AbortSignal; readonly deadlineMs: number },
    work: (signal: AbortSignal) => T | Promise<T>,
  ): Promise<T> {
    options.signal.throwIfAborted();
    const deadline = new AbortController();
    const signal = AbortSignal.any([options.signal, deadline.signal]);
    let onAbort: (() => void) | undefined;
    // A plugin that ignores its signal must not hold the run: whichever comes first counts. It is heard on the signal of
    // this call, as that of the run is given to any number of plugins at once.
    const stopped = new Promise<never>((_, reject) => {
      onAbort = () => {
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
    });
    const timer = setTimeout(() => {
      const seconds = options.deadlineMs / 1000;
      const values = { plugin: call.pluginId, seconds, hook: call.place };
      deadline.abort(failure(ENGINE_ERRORS.tapDeadline, values, { pluginId: call.pluginId }));
    }, options.deadlineMs);
    this.#pending.add(call);
    try {
      const running = (async () => work(signal))();
      const settled = running.finally(() => this.#pending.delete(call));
      settled.catch(() => undefined);
      return await Promise.race([settled, stopped]);
    } catch (error) {
      options.signal.throwIfAborted();
      throw attribute(error, call);
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }
}

/** The error with the plugin's id on it; what is not a LoopstickError becomes PLUGIN_TAP_FAILED with its cause. */
function attribute(error: unknown, call: PluginCall): LoopstickError {
  const { pluginId } = call;
  if (isLoopstickError(error)) {
    if (error.pluginId !== undefined) return error;
    const { code, category, message, hint } = error;
    return new LoopstickError({ code, category, message, hint }, {}, { cause: error.cause, pluginId });
  }
  const values = { plugin: pluginId, hook: call.place, problem: messageOf(error) };
  return failure(ENGINE_ERRORS.tapFailed, values, { cause: error, pluginId });
}
