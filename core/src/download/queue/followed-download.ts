import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { partPaths } from '../part/part-paths.ts';
import type { DownloadJob, DownloadResult } from '../job.ts';
import type { DownloadHandle, JobOutcome } from './handle.ts';
import { errorFrom, type JobRecord } from './job-record.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';
import { isActive, isFinal, type DownloadState } from './state.ts';

/** What following needs of the queue. */
export interface FollowerSide {
  readonly engine: Engine;
  look(id: string): JobRecord | undefined;
  /** Adds the job again: it may belong to this process then. */
  takeOver(job: DownloadJob): DownloadHandle | JobRecord;
  /** Makes sure that the file is what this process wanted, too; undefined when there is none any more. */
  confirm(job: DownloadJob): Promise<DownloadResult | undefined>;
  /** Resolves to a handle when it belongs to this process then. */
  resume(id: string): Promise<DownloadHandle | undefined>;
}

/** Reasons with which a download is paused only because nobody is left who works on it. */
const ABANDONED: ReadonlySet<string> = new Set([QUEUE_ERRORS.ended.code, QUEUE_ERRORS.closed.code]);

/**
 * A download that another process is working on already. This one waits for what comes of it, also after a pause, and
 * takes it over when the other one ends. Pausing and cancelling end the waiting only: the download is not this process's
 * to stop.
 */
export class FollowedDownload implements DownloadHandle {
  readonly label: string;
  readonly destination: string;
  readonly #job: DownloadJob;
  readonly #queue: FollowerSide;
  #record: JobRecord;
  /** Once it is this process's own. */
  #own: DownloadHandle | undefined;
  #outcome: JobOutcome | undefined;
  /** Whether the outcome is this process's will, and not what has become of the download. */
  #isDetached = false;
  #isConfirming = false;
  #waiting: (() => void)[] = [];

  constructor(record: JobRecord, job: DownloadJob, queue: FollowerSide) {
    this.#record = record;
    this.label = job.label;
    this.destination = job.destination;
    this.#job = job;
    this.#queue = queue;
    const { lock } = partPaths(job.destination);
    const owner = `process ${record.owner?.pid ?? 0} on ${record.owner?.host ?? 'this machine'}`;
    const error = failure(DOWNLOAD_ERRORS.busy, { file: job.destination, lock, owner });
    queue.engine.events.emit('waiting', { file: job.destination, error });
  }

  get id(): string {
    return this.#own?.id ?? this.#record.id;
  }

  get state(): DownloadState {
    return this.#own?.state ?? this.#outcome?.state ?? this.#record.state;
  }

  /** Whether somebody waits for what comes of it. */
  get isWaiting(): boolean {
    return this.#own === undefined && this.#outcome === undefined;
  }

  /** Whether `check` makes sense: after a pause or a failure, it may go on. */
  get isWatching(): boolean {
    const isOver = this.#outcome !== undefined && isFinal(this.#outcome.state);
    return this.#own === undefined && !this.#isDetached && !this.#isConfirming && !isOver;
  }

  async pause(reason?: Error): Promise<void> {
    if (this.#own !== undefined) return this.#own.pause(reason);
    this.#detach({ state: 'paused', reason });
  }

  async resume(): Promise<void> {
    if (this.#own !== undefined) return this.#own.resume();
    if (this.isWaiting) return;
    this.#own = await this.#queue.resume(this.#record.id);
    this.#isDetached = false;
    this.#outcome = undefined;
    this.#wake();
  }

  async cancel(): Promise<void> {
    if (this.#own !== undefined) return this.#own.cancel();
    this.#detach({ state: 'cancelled' });
  }

  async outcome(): Promise<JobOutcome> {
    for (;;) {
      if (this.#own !== undefined) return this.#own.outcome();
      if (this.#outcome !== undefined) return this.#outcome;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Looks what has become of it; to be called now and then. */
  check(): void {
    if (!this.isWatching) return;
    const record = this.#queue.look(this.#record.id);
    const isAbandoned =
      record === undefined ||
      (record.owner === undefined && (isActive(record.state) || ABANDONED.has(record.reason?.code ?? '')));
    if (isAbandoned) {
      // Who was told that it has failed does not wait any more.
      if (this.#outcome?.state !== 'failed') this.#takeOver();
      return;
    }
    this.#record = record;
    const { state, reason } = record;
    if (state === 'completed') void this.#confirm();
    else if (state === 'cancelled') this.#settle({ state });
    else if (state === 'failed') this.#settle({ state, error: errorFrom(reason ?? NO_REASON) });
    else if (state === 'paused') this.#settle({ state, reason: reason && errorFrom(reason) });
    else this.#goOn(record);
  }

  #takeOver(): void {
    const next = this.#queue.takeOver(this.#job);
    this.#outcome = undefined;
    if ('outcome' in next) {
      this.#own = next;
      this.#wake();
    } else {
      this.#record = next;
    }
  }

  async #confirm(): Promise<void> {
    this.#isConfirming = true;
    try {
      const result = await this.#queue.confirm(this.#job);
      if (result === undefined) this.#takeOver();
      else this.#settle({ state: 'completed', result });
    } catch (error) {
      this.#settle({ state: 'failed', error: error instanceof Error ? error : new Error(String(error)) });
    } finally {
      this.#isConfirming = false;
    }
  }

  #detach(outcome: JobOutcome): void {
    if (this.#outcome !== undefined && isFinal(this.#outcome.state)) return;
    this.#isDetached = true;
    this.#settle(outcome);
  }

  #settle(outcome: JobOutcome): void {
    const before = this.state;
    const isNews = this.#outcome?.state !== outcome.state;
    this.#outcome = outcome;
    if (isNews) this.#tell(before);
    this.#wake();
  }

  /** It runs, maybe again. */
  #goOn({ done, total, speed, state }: JobRecord): void {
    const before = this.#outcome?.state;
    this.#outcome = undefined;
    if (before !== undefined) this.#tell(before);
    if (state === 'queued') return;
    const eta = total === undefined || speed < 1 ? undefined : (total - done) / speed;
    const { label } = this;
    this.#queue.engine.events.emit('transfer', {
      ...{ label, done, total, speed, eta },
      ...{ resumed: 0, connections: 0, mirrors: [] },
    });
  }

  #tell(from: DownloadState): void {
    const { id, label, state } = this;
    const outcome = this.#outcome;
    const error =
      outcome?.state === 'failed' ? outcome.error : outcome?.state === 'paused' ? outcome.reason : undefined;
    this.#queue.engine.events.emit('download', { id, label, from, to: state, reason: error?.message });
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

const NO_REASON = { code: undefined, message: 'It failed in another process.', hint: '', category: undefined };
