import { isLoopstickError, systemCode } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob, DownloadOptions, DownloadResult, TransferReport } from '../job.ts';
import type { DownloadHandle, JobOutcome } from './handle.ts';
import { reasonFrom } from './job-record.ts';
import { isActive, isFinal, move, type DownloadState } from './state.ts';
import type { OwnRecord } from './store.ts';

/** What a download needs of the queue that it stands in. */
export interface QueueSide {
  readonly clock: () => number;
  readonly now: () => Date;
  run(download: OwnDownload, options: DownloadOptions): Promise<DownloadResult>;
  /** Removes what is there of the file. */
  discard(destination: string): Promise<void>;
  /** @throws LoopstickError DOWNLOAD_QUEUE_CLOSED */
  requireOpen(): void;
  /** Told of every move, right after it. */
  moved(download: OwnDownload, from: DownloadState): void;
}

/** Codes with which the disk says that it is not the download's fault: it goes on when that is put right. */
const DISK_CODES = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ENXIO', 'ENODEV']);
const LATER_CODES: ReadonlySet<string> = new Set([DOWNLOAD_ERRORS.space.code, DOWNLOAD_ERRORS.retryLater.code]);

/** Why a run is stopped. A private object, so that it cannot be taken for anything else that goes wrong meanwhile. */
class Stop extends Error {
  readonly wish: 'pause' | 'cancel';
  readonly reason: Error | undefined;

  constructor(wish: 'pause' | 'cancel', reason?: Error) {
    super(`asked to ${wish}`);
    this.wish = wish;
    this.reason = reason;
  }
}

/** A download that this process works on, from the queue to its end. */
export class OwnDownload implements DownloadHandle {
  readonly id: string;
  readonly job: DownloadJob;
  readonly priority: number;
  readonly rateLimit: number | undefined;
  readonly createdAt: Date;
  readonly #queue: QueueSide;
  #state: DownloadState = 'queued';
  #error: Error | undefined;
  #result: DownloadResult | undefined;
  #run: { readonly abort: AbortController; stop?: Stop; readonly since: number } | undefined;
  #resting: (() => void)[] = [];
  #cleaned: Promise<void> | undefined;
  #done: number;
  #total: number | undefined;
  #speed = 0;
  #receivedBefore: number;
  #received = 0;
  #busyMs: number;
  #startedAt: Date | undefined;
  #finishedAt: Date | undefined;
  /** By mirror: delivered in this run, and how much of it was taken by `takeShares`. */
  #shares = new Map<string, { bytes: number; taken: number }>();
  /** Whether something has changed since it was recorded last. */
  isDirty = false;

  constructor(record: Omit<OwnRecord, 'state' | 'reason'>, job: DownloadJob, queue: QueueSide) {
    this.id = record.id;
    this.job = job;
    this.priority = record.priority;
    this.rateLimit = record.rateLimit;
    this.createdAt = record.createdAt;
    this.#queue = queue;
    this.#done = record.done;
    this.#total = job.size ?? record.total;
    this.#receivedBefore = record.received;
    this.#busyMs = record.busyMs;
  }

  get label(): string {
    return this.job.label;
  }

  get destination(): string {
    return this.job.destination;
  }

  get state(): DownloadState {
    return this.#state;
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Takes a place of those that run. Returns at once. */
  start(): void {
    const { clock, now } = this.#queue;
    const run = { abort: new AbortController(), since: clock() };
    this.#run = run;
    this.#startedAt = now();
    this.#move('downloading');
    void this.#work(run.abort.signal);
  }

  async pause(reason?: Error): Promise<void> {
    if (this.#state === 'paused') return;
    if (this.#run === undefined) {
      this.#error = reason;
      this.#move('paused');
      return;
    }
    this.#stop(new Stop('pause', reason));
    await this.#rest();
  }

  async resume(): Promise<void> {
    if (this.#run?.stop !== undefined) await this.#rest();
    if (isActive(this.#state)) return;
    this.#queue.requireOpen();
    this.#error = undefined;
    this.#move('queued');
  }

  async cancel(): Promise<void> {
    // Somebody may have resumed it when a run has ended that was stopping for another reason.
    while (this.#run !== undefined) {
      this.#stop(new Stop('cancel'));
      await this.#rest();
    }
    if (this.#state === 'cancelled') await this.#cleaned;
    else await this.#discard();
  }

  async outcome(): Promise<JobOutcome> {
    while (isActive(this.#state)) await this.#rest();
    const state = this.#state;
    if (state === 'completed' && this.#result !== undefined) return { state, result: this.#result };
    if (state === 'failed') return { state, error: this.#error ?? new Error('failed') };
    if (state !== 'cancelled') return { state: 'paused', reason: this.#error };
    await this.#cleaned;
    return { state };
  }

  record(): OwnRecord {
    const { id, label, destination, job, priority, rateLimit, createdAt } = this;
    return {
      ...{ id, label, destination, job, priority, rateLimit, createdAt },
      state: this.#state,
      reason: this.#error === undefined ? undefined : reasonFrom(this.#error),
      done: this.#done,
      total: this.#total,
      speed: this.#run === undefined ? 0 : this.#speed,
      received: this.#receivedBefore + this.#received,
      busyMs: Math.round(this.#busyMs + (this.#run === undefined ? 0 : this.#queue.clock() - this.#run.since)),
      startedAt: this.#startedAt,
      finishedAt: this.#finishedAt,
    };
  }

  /** What each mirror has delivered since this was called last. */
  takeShares(): { readonly mirror: string; readonly bytes: number }[] {
    const shares = [...this.#shares].filter(([, { bytes, taken }]) => bytes > taken);
    return shares.map(([mirror, share]) => {
      const bytes = share.bytes - share.taken;
      share.taken = share.bytes;
      return { mirror, bytes };
    });
  }

  async #work(signal: AbortSignal): Promise<void> {
    let error: unknown;
    try {
      this.#result = await this.#queue.run(this, {
        signal,
        onReport: (report) => {
          this.#report(report);
        },
        onVerify: () => {
          if (this.#state === 'downloading') this.#move('verifying');
        },
      });
    } catch (thrown) {
      error = thrown;
    }
    const stop = this.#run?.stop;
    this.#busyMs += this.#queue.clock() - (this.#run?.since ?? 0);
    this.#receivedBefore += this.#received;
    this.#received = 0;
    this.#run = undefined;
    if (this.#result !== undefined && error === undefined) {
      this.#done = this.#total = this.#result.size;
      if (this.#state === 'downloading') this.#move('verifying');
      this.#move('completed');
    } else if (stop?.wish === 'cancel') {
      await this.#discard();
    } else if (stop?.wish === 'pause') {
      // Saving may have failed on the way, and then that is what has to be known.
      this.#error = error === stop ? stop.reason : toError(error);
      this.#move('paused');
    } else {
      this.#error = toError(error);
      this.#move(isForLater(error) ? 'paused' : 'failed');
    }
    for (const wake of this.#resting.splice(0)) wake();
  }

  /** It is out of the queue before its files go: nobody can start it meanwhile. */
  async #discard(): Promise<void> {
    move(this.#state, 'cancelled', this.id);
    this.#error = undefined;
    this.#done = 0;
    this.#move('cancelled');
    this.#cleaned = this.#queue.discard(this.destination).catch((error: unknown) => {
      this.#error = toError(error);
      this.isDirty = true;
    });
    await this.#cleaned;
  }

  #stop(stop: Stop): void {
    const run = this.#run;
    if (run === undefined) return;
    // Cancelling is more than pausing; the signal knows only the first wish.
    if (run.stop === undefined) run.abort.abort(stop);
    run.stop ??= stop;
  }

  /** Resolves when the run has ended. */
  #rest(): Promise<void> {
    return new Promise((resolve) => this.#resting.push(resolve));
  }

  #report({ done, total, speed, mirrors, connections }: TransferReport): void {
    // Ranges that turned out to be wrong are fetched again.
    if (this.#state === 'verifying' && connections > 0) this.#move('downloading');
    this.#done = done;
    this.#total = total ?? this.#total;
    this.#speed = speed;
    for (const { mirror, bytes } of mirrors) {
      const share = this.#shares.get(mirror);
      if (share === undefined) this.#shares.set(mirror, { bytes, taken: 0 });
      else share.bytes = Math.max(share.bytes, bytes);
    }
    this.#received = Math.max(
      this.#received,
      mirrors.reduce((sum, { bytes }) => sum + bytes, 0),
    );
    this.isDirty = true;
  }

  #move(to: DownloadState): void {
    const from = this.#state;
    this.#state = move(from, to, this.id);
    this.isDirty = true;
    if (to === 'downloading' && from === 'queued') this.#shares.clear();
    if (isFinal(to)) this.#finishedAt = this.#queue.now();
    this.#queue.moved(this, from);
    // Who waits for a run is told when it has ended.
    if (!isActive(to) && this.#run === undefined) for (const wake of this.#resting.splice(0)) wake();
  }
}

function isForLater(error: unknown): boolean {
  return (isLoopstickError(error) && LATER_CODES.has(error.code)) || DISK_CODES.has(systemCode(error) ?? '');
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** Whether two jobs for one place can be one: whatever both know of the file is the same. */
export function isSameFile(one: DownloadJob, other: DownloadJob | undefined): boolean {
  if (other === undefined) return false;
  const algorithms = Object.keys(one.digests) as (keyof DownloadJob['digests'])[];
  const common = algorithms.filter((algorithm) => other.digests[algorithm] !== undefined);
  if (common.length > 0) return common.every((algorithm) => one.digests[algorithm] === other.digests[algorithm]);
  // Nothing to compare: then it has to be the same addresses, or one of them.
  const sizes = one.size === undefined || other.size === undefined || one.size === other.size;
  return sizes && one.urls.some((url) => other.urls.includes(url));
}
