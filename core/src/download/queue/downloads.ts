import type { Engine } from '../../engine/engine.ts';
import { thisProcess } from '../../engine/process-identity.ts';
import type { downloadFile } from '../download.ts';
import type { DownloadJob } from '../job.ts';
import type { DownloadHandle } from './handle.ts';
import type { JobRecord } from './job-record.ts';
import type { DownloadState } from './state.ts';
import type { DownloadStatistics } from './statistics.ts';

/** The downloads of this machine's user: those of this process, and what is recorded of all others. */
export interface Downloads {
  /**
   * Puts a download into this process's queue; it starts when there is a free place. What is recorded of the same file
   * and belongs to nobody is taken up. While another process downloads the same file, this one waits for it.
   * @throws LoopstickError DOWNLOAD_OTHER_FILE when something else is being downloaded to the same place;
   *   DOWNLOAD_QUEUE_CLOSED
   */
  add(job: DownloadJob, options?: AddDownloadOptions): Promise<DownloadHandle>;
  /** Highest priority first, then oldest. */
  list(filter?: { readonly states?: readonly DownloadState[] | undefined }): Promise<readonly JobRecord[]>;
  /** By id, or the beginning of one. @throws LoopstickError DOWNLOAD_UNKNOWN, DOWNLOAD_AMBIGUOUS */
  get(id: string): Promise<JobRecord>;
  /**
   * Also of another process: that one is asked, and this resolves when it has done so.
   * @throws LoopstickError DOWNLOAD_UNKNOWN, DOWNLOAD_AMBIGUOUS, DOWNLOAD_STATE, DOWNLOAD_UNANSWERED
   */
  pause(id: string): Promise<JobRecord>;
  /**
   * Lets its process go on with a download. When it has none, this process does: then there is a handle.
   * @throws as pause
   */
  resume(id: string): Promise<{ readonly record: JobRecord; readonly handle: DownloadHandle | undefined }>;
  /** Stops a download and removes what is there of the file. @throws as pause; the system's own errors */
  cancel(id: string): Promise<JobRecord>;
  stats(): Promise<DownloadStatistics>;
  /**
   * Forgets downloads that are over for so long: completed, cancelled or failed; of failed ones it removes the parts.
   * Statistics no longer count them.
   */
  prune(options: { readonly olderThanMs: number }): Promise<{ readonly records: number; readonly parts: number }>;
  /**
   * Bytes a second for all downloads of this process together, or, with `everywhere`, of every process that has any now.
   * Undefined: as fast as it goes. Resolves to the number of other processes that were told.
   */
  setRateLimit(rate: number | undefined, options?: { readonly everywhere?: boolean | undefined }): Promise<number>;
  /** Bytes that running downloads of all processes will still write to the file system of this folder. */
  reservedSpace(folder: string): Promise<number>;
  /** Pauses what runs, and gives the recorded downloads free for others. */
  close(): Promise<void>;
}

export interface AddDownloadOptions {
  /** Higher ones start first; default 0. None stops one that runs. */
  readonly priority?: number | undefined;
  /** Bytes a second for this download alone. */
  readonly rateLimit?: number | undefined;
}

export interface OpenDownloadsOptions {
  /** Aborted: everything that runs is paused, with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** What downloads a file. */
  readonly run?: typeof downloadFile | undefined;
  /** Monotonic milliseconds; default: the engine's. */
  readonly clock?: (() => number) | undefined;
  /** How often it is looked what other processes want. */
  readonly lookMs?: number | undefined;
  /** Fail when there is no database, instead of a warning: for those who only want to know what it says. */
  readonly recordsNeeded?: boolean | undefined;
}

/**
 * Opens the queue of downloads. Without a database that can be used, downloads work all the same, unrecorded, with one
 * warning (DOWNLOAD_STATE_UNWRITABLE, DOWNLOAD_STATE_DAMAGED, DOWNLOAD_STATE_NO_SQLITE).
 * @throws LoopstickError DOWNLOAD_STATE_DAMAGED, DOWNLOAD_STATE_NO_SQLITE; the system's own errors; all only with
 *   `recordsNeeded`
 */
export async function openDownloads(engine: Engine, options: OpenDownloadsOptions = {}): Promise<Downloads> {
  options.signal?.throwIfAborted();
  // Loaded when somebody has downloads, which most commands have not.
  const [{ openMemory, openState, unrecorded }, { DownloadQueue }] = await Promise.all([
    import('./open-store.ts'),
    import('./download-queue.ts'),
  ]);
  const database = await openState(engine).catch((error: unknown) => {
    if (options.recordsNeeded === true) throw error;
    engine.events.emit('warning', unrecorded(engine, error));
    return openMemory();
  });
  return new DownloadQueue(engine, database, {
    signal: options.signal,
    run: options.run ?? (await import('../download.ts')).downloadFile,
    clock: options.clock ?? engine.context.clock,
    lookMs: options.lookMs ?? 250,
    identity: await thisProcess(),
  });
}
