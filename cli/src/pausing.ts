import { ENGINE_ERRORS, failure } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';
import { pressedKey } from './prompt.ts';
import type { Session } from './session.ts';

/** What Ctrl-C can pause. */
export interface Pausable {
  /** Of what runs or waits; there may be nothing. */
  readonly ids: readonly string[];
  /** Whether other processes know of them. */
  readonly areRecorded: boolean;
  /** Resolves when everything that is there has been recorded. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when nothing of it is left. */
  cancel(): Promise<void>;
}

/**
 * Waits for work, and lets Ctrl-C pause it. On a terminal the program then stays and asks what to do: Enter goes on,
 * q quits and keeps what is there, Ctrl-C once more cancels. Elsewhere, and at a signal that ends the process, it is
 * over when everything is saved; a Ctrl-C while that goes on cancels. One more ends the process at once.
 * @throws LoopstickError CLI_PAUSED, CLI_CANCELLED, INTERRUPTED; what the work throws
 */
export async function whilePausable<T>(session: Session, downloads: Pausable, work: Promise<T>): Promise<T> {
  const { terminal, signal, interrupts } = session;
  const presses = new Presses();
  const release = interrupts.listen(presses.add);
  const ended = new Promise<'end'>((resolve) => {
    const end = (): void => {
      resolve('end');
    };
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  });
  // Once the work has been given up, what comes of it is nobody's business any more.
  const settled = work.then(
    () => 'settled' as const,
    () => 'settled' as const,
  );
  try {
    for (;;) {
      const first = await Promise.race([settled, presses.next('pause' as const), ended]);
      if (first === 'settled') return await work;
      const { ids } = downloads;
      if (ids.length === 0) {
        interrupts.stop();
        throw failure(ENGINE_ERRORS.interrupted, {});
      }
      presses.clear();
      const saved = downloads.pause().then(() => 'saved' as const);
      const next = await Promise.race([saved, presses.next('cancel' as const)]);
      const isAsked = first === 'pause' && next === 'saved' && terminal.interactive;
      const answer = isAsked ? await ask(session, presses, ended) : next === 'saved' ? 'quit' : next;
      if (answer === 'go on') {
        presses.clear();
        await downloads.resume();
        continue;
      }
      if (answer === 'cancel') {
        // Whoever presses it for the third time does not want to wait for anything.
        interrupts.last();
        await downloads.cancel();
      }
      interrupts.stop();
      if (answer === 'cancel') throw failure(CLI_ERRORS.cancelled, {});
      const [command, too] = downloads.areRecorded
        ? [`loopstick downloads resume ${ids.join(' ')}`, ', too']
        : ['the same command again', ''];
      throw failure(CLI_ERRORS.paused, { command, too });
    }
  } finally {
    release();
  }
}

async function ask(
  { terminal }: Session,
  presses: Presses,
  ended: Promise<'end'>,
): Promise<'go on' | 'quit' | 'cancel'> {
  terminal.status([]);
  terminal.note('Paused. Enter: go on. q: quit and keep what is there. Ctrl-C: cancel and remove it.');
  const enough = new AbortController();
  try {
    for (;;) {
      const key = await Promise.race([pressedKey(enough.signal), presses.next(CTRL_C), ended]);
      if (key === '\r' || key === '\n') return 'go on';
      if (key === CTRL_C) return 'cancel';
      // Ctrl-D, and a terminal that is gone, answer nothing either.
      if (['q', 'Q', '\u0004', '', 'end'].includes(key)) return 'quit';
    }
  } finally {
    enough.abort();
  }
}

const CTRL_C = '\u0003';

/** Ctrl-C, to be waited for. */
class Presses {
  #resolve: () => void = () => undefined;
  #next: Promise<void> = this.#fresh();

  readonly add = (): void => {
    this.#resolve();
  };

  /** Resolves to this value when it is pressed. */
  async next<T>(value: T): Promise<T> {
    await this.#next;
    return value;
  }

  /** What was pressed until now has been seen to. */
  clear(): void {
    this.#next = this.#fresh();
  }

  #fresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }
}
