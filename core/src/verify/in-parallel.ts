/**
 * Works on several things at a time and yields each result as soon as it is there, so not in their order. What is
 * still to come from `things` is asked for only when there is room. Who ends early, or is stopped by an error, has
 * ended everything: the signal that `work` was given is aborted, and nothing runs any more.
 */
export async function* inParallel<T, R>(
  things: AsyncIterable<T> | Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const stop = new AbortController();
  const inner = AbortSignal.any([signal, stop.signal]);
  const running = new Set<Promise<unknown>>();
  const done: R[] = [];
  try {
    for await (const thing of things) {
      signal.throwIfAborted();
      const task = work(thing, inner).then((result) => {
        done.push(result);
        running.delete(task);
      });
      // It may fail while nobody waits: whoever waits next is told.
      task.catch(() => undefined);
      running.add(task);
      if (running.size >= Math.max(1, limit)) await Promise.race(running);
      yield* done.splice(0);
    }
    while (running.size > 0) {
      await Promise.race(running);
      yield* done.splice(0);
    }
    yield* done;
  } finally {
    stop.abort();
    await Promise.allSettled(running);
  }
}
