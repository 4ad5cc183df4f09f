import { once } from 'node:events';
import { clearInterval, setInterval } from 'node:timers';

import {
  failure,
  openDownloads,
  type DownloadHandle,
  type DownloadJob,
  type DownloadResult,
  type Downloads,
  type Engine,
} from '@loopstick/core';

import { CLI_ERRORS } from './cli-errors.ts';
import { whilePausable, type Pausable } from './pausing.ts';
import type { Session } from './session.ts';

/** Downloads a file through the queue: resolves with the file in its place, and stays open while it is paused. */
export type RunDownload = (job: DownloadJob) => Promise<DownloadResult>;

/**
 * Does work that downloads, all of it through the queue, and lets Ctrl-C pause it.
 * @throws what whilePausable throws; what the work throws, when the other downloads are paused
 */
export async function withDownloads<T>(
  session: Session,
  engine: Engine,
  work: (run: RunDownload) => Promise<T>,
  options?: { readonly priority: number },
): Promise<T> {
  // Opened for the first download: a command that has everything already leaves no trace of a list.
  let queue: Promise<{ readonly downloads: Downloads; readonly areRecorded: boolean }> | undefined;
  try {
    const running: RunningDownloads = new RunningDownloads(engine, async (job) => {
      queue ??= openQueue(engine);
      const { downloads, areRecorded } = await queue;
      running.areRecorded = areRecorded;
      return downloads.add(job, options);
    });
    return await whilePausable(
      session,
      running,
      work((job) => running.run(job)),
    );
  } finally {
    await (await queue)?.downloads.close();
  }
}

/** Without a list, there is a warning, and nobody else will know of these downloads. */
async function openQueue(engine: Engine): Promise<{ readonly downloads: Downloads; readonly areRecorded: boolean }> {
  try {
    return { downloads: await openDownloads(engine, { recordsNeeded: true }), areRecorded: true };
  } catch {
    return { downloads: await openDownloads(engine), areRecorded: false };
  }
}

/** The downloads that a command waits for. */
export class RunningDownloads implements Pausable {
  areRecorded = true;
  readonly #engine: Engine;
  readonly #add: (job: DownloadJob) => Promise<DownloadHandle>;
  readonly #handles = new Set<DownloadHandle>();
  /** Those that wait to begin while the person is asked. */
  #held: (() => void)[] = [];
  #paused = false;
  #moved: Promise<unknown> | undefined;

  constructor(engine: Engine, add: (job: DownloadJob) => Promise<DownloadHandle>) {
    this.#engine = engine;
    this.#add = add;
  }

  get ids(): string[] {
    return [...this.#handles].map(({ id }) => id);
  }

  async run(job: DownloadJob): Promise<DownloadResult> {
    // Nothing begins while the person is asked.
    if (this.#paused) await new Promise<void>((resolve) => this.#held.push(resolve));
    return this.follow(await this.#add(job));
  }

  /** @throws what it failed with, or was paused for; LoopstickError CLI_CANCELLED */
  async follow(handle: DownloadHandle): Promise<DownloadResult> {
    this.#handles.add(handle);
    try {
      for (;;) {
        const outcome = await handle.outcome();
        if (outcome.state === 'completed') return outcome.result;
        if (outcome.state === 'failed') throw outcome.error;
        if (outcome.state === 'cancelled') throw failure(CLI_ERRORS.cancelled, {});
        // With a reason, nobody goes on with it before that is put right; without one, somebody will.
        if (outcome.reason !== undefined) throw outcome.reason;
        await this.#resumed(handle);
      }
    } finally {
      this.#handles.delete(handle);
    }
  }

  async pause(): Promise<void> {
    this.#paused = true;
    // Those that wait first: otherwise they would take the places of those that end.
    const queued = ({ state }: DownloadHandle): number => Number(state !== 'queued');
    const handles = [...this.#handles].sort((a, b) => queued(a) - queued(b));
    await Promise.all(handles.map((handle) => handle.pause()));
  }

  async resume(): Promise<void> {
    this.#paused = false;
    for (const goOn of this.#held.splice(0)) goOn();
    await Promise.all([...this.#handles].map((handle) => handle.resume()));
  }

  async cancel(): Promise<void> {
    await Promise.all([...this.#handles].map((handle) => handle.cancel()));
  }

  /** Resolves when it is in the queue again, or at its end, be it that another process wants so. */
  async #resumed(handle: DownloadHandle): Promise<void> {
    // Nothing else may keep the process alive.
    const alive = setInterval(() => undefined, 60_000);
    try {
      while (handle.state === 'paused') await this.#nextMove();
    } finally {
      clearInterval(alive);
    }
  }

  /** Resolves when anything happens to any download: one listener, however many wait. */
  #nextMove(): Promise<unknown> {
    this.#moved ??= once(this.#engine.events, 'download').finally(() => {
      this.#moved = undefined;
    });
    return this.#moved;
  }
}
