import type { EngineEvents, EventBus } from '@loopstick/core';

import { createBars } from './progress/bars.ts';
import { createLines } from './progress/lines.ts';
import { createObjects } from './progress/objects.ts';
import type { Terminal } from './terminal.ts';

/** A way to show what the engine reports; it says nothing of what it has no member for. */
export type Display = {
  readonly [Name in keyof EngineEvents]?: (report: EngineEvents[Name][0]) => void;
};

/**
 * Shows what the engine reports: on a terminal bars that are redrawn, elsewhere plain lines every few seconds, with
 * --json an object a line. Returns a function that ends the display.
 */
export function showProgress(events: EventBus, terminal: Terminal): () => void {
  const clock = (): number => performance.now();
  const create = terminal.json ? createObjects : terminal.interactive ? createBars : createLines;
  // Each name comes with the listener of its own kind, which the compiler cannot follow through a list.
  const listeners = Object.entries(create(terminal, clock)) as [keyof EngineEvents, () => void][];
  for (const [name, listener] of listeners) events.on(name, listener);
  return () => {
    terminal.status([]);
    for (const [name, listener] of listeners) events.off(name, listener);
  };
}
