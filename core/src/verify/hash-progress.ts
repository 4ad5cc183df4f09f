import type { Engine } from '../engine/engine.ts';

const INTERVAL_MS = 100;

/** Reports how far hashing is, about ten times a second and at the end. `label` is the file's path. */
export function hashProgress(engine: Engine, label: string): (done: number, total: number) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total) => {
    const now = engine.context.now().getTime();
    // The difference counts in both directions: a clock that was set back must not silence it.
    if (done !== total && Math.abs(now - last) < INTERVAL_MS) return;
    last = now;
    engine.events.emit('progress', { step: 'hash', label, done, total });
  };
}
