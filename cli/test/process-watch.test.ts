import { afterEach, describe, expect, it, vi } from 'vitest';

import { watchProcess } from '../src/process-watch.ts';

const EVENTS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'uncaughtException', 'unhandledRejection', 'exit'] as const;
const before = new Map(EVENTS.map((event) => [event, process.listeners(event as 'exit')]));
afterEach(() => {
  vi.restoreAllMocks();
  // What is watched here is the process of all tests.
  for (const event of EVENTS) {
    for (const listener of process.listeners(event as 'exit')) {
      if (before.get(event)?.includes(listener) !== true) process.off(event, listener);
    }
  }
});

describe('Ctrl-C', () => {
  it('goes to who listens, and ends the process at once when it is the last', () => {
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 1000));
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const { interrupts, signal } = watchProcess(() => Promise.resolve(1), false);
    const heard: string[] = [];
    const release = interrupts.listen(() => heard.push('listened'));
    process.emit('SIGINT');
    process.emit('SIGINT');
    expect(heard).toHaveLength(2);
    interrupts.last();
    // Who gives up listening does not take that back.
    release();
    expect(exit).not.toHaveBeenCalled();
    process.emit('SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(130);
    expect([heard.length, signal.aborted]).toEqual([2, false]);
  });
});
