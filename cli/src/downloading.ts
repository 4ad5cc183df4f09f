import { ENGINE_ERRORS, failure, type DownloadJob, type DownloadResult } from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';
import { pressedKey } from './prompt.ts';
import type { Session } from './session.ts';

/** A download that this process is working on, or has paused. */
export interface RunningDownload {
  readonly id: string;
  /** Resolves when everything that is there has been recorded. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Resolves when nothing of it is left. */
  cancel(): Promise<void>;
}

export interface Downloads {
  /** Resolves with the file in its place; stays open while the download is paused. */
  run(job: DownloadJob): Promise<DownloadResult>;
  /** Those that have not come to an end. */
  readonly active: readonly RunningDownload[];
}

/**
 * Does work that downloads, and lets Ctrl-C pause it. On a terminal the program then stays and asks what to do:
 * Enter goes on, q quits and keeps what is there, Ctrl-C once more cancels. Elsewhere, and at a signal that ends the
 * process, it is over when everything is saved; a Ctrl-C while that goes on cancels.
 * @throws LoopstickError CLI_PAUSED, CLI_CANCELLED, INTERRUPTED; what the work throws
 */
export async function whilePausable<T>(session: Session, downloads: Downloads, work: Promise<T>): Promise<T> {
  const { terminal, signal, interrupts } = session;
  const presses = new Presses();
  const release = interrupts.listen(presses.add);
  const ended = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
  // Whoever waits here looks at the outcome; what comes of the work after that is nobody's business any more.
  const done = work.then(
    () => 'done' as const,
    () => 'done' as const,
  );
  try {
    for (;;) {
      const first = await Promise.race([
        done,
        presses.next.then(() => 'pause' as const),
        ended.then(() => 'end' as const),
      ]);
      if (first === 'done') return await work;
      const running = downloads.active;
      if (running.length === 0) {
        interrupts.stop();
        throw failure(ENGINE_ERRORS.interrupted, {});
      }
      presses.clear();
      const saved = Promise.all(running.map((download) => download.pause()));
      const quick = await Promise.race([
        saved.then(() => 'saved' as const),
        presses.next.then(() => 'cancel' as const),
      ]);
      const asked = first === 'pause' && quick === 'saved' && terminal.interactive;
      const answer = asked ? await ask(session, presses, ended) : quick === 'saved' ? 'quit' : 'cancel';
      if (answer === 'go on') {
        presses.clear();
        await Promise.all(running.map((download) => download.resume()));
        continue;
      }
      if (answer === 'cancel') await Promise.all(running.map((download) => download.cancel()));
      interrupts.stop();
      if (answer === 'cancel') throw failure(CLI_ERRORS.cancelled, {});
      throw failure(CLI_ERRORS.paused, { ids: running.map(({ id }) => id).join(' ') });
    }
  } finally {
    release();
  }
}

type Answer = 'go on' | 'quit' | 'cancel';

async function ask({ terminal }: Session, presses: Presses, ended: Promise<void>): Promise<Answer> {
  terminal.status([]);
  terminal.note('Paused. Enter: go on. q: quit and keep what is there. Ctrl-C: cancel and remove it.');
  const enough = new AbortController();
  try {
    for (;;) {
      const key = await Promise.race([
        pressedKey(enough.signal),
        presses.next.then(() => '\u0003'),
        ended.then(() => 'q'),
      ]);
      if (key === '\r' || key === '\n') return 'go on';
      // Ctrl-D, or a terminal that is gone, answers nothing either.
      if (key === 'q' || key === 'Q' || key === '\u0004' || key === '') return 'quit';
      if (key === '\u0003') return 'cancel';
    }
  } finally {
    enough.abort();
  }
}

/** Ctrl-C, to be waited for. */
class Presses {
  #resolve: () => void = () => undefined;
  #next: Promise<void>;

  constructor() {
    this.#next = this.#fresh();
  }

  readonly add = (): void => {
    this.#resolve();
  };

  get next(): Promise<void> {
    return this.#next;
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
