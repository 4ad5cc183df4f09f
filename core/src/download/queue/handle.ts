import type { DownloadResult } from '../job.ts';
import type { DownloadState } from './state.ts';

/** How a download of the queue came to rest. */
export type JobOutcome =
  | { readonly state: 'completed'; readonly result: DownloadResult }
  /** It can go on later. The reason is undefined when somebody asked for it without giving one. */
  | { readonly state: 'paused'; readonly reason: Error | undefined }
  /** What is there of the file is kept. */
  | { readonly state: 'failed'; readonly error: Error }
  /** What was there of the file is gone. */
  | { readonly state: 'cancelled' };

/** One download in this process's queue. */
export interface DownloadHandle {
  readonly id: string;
  readonly label: string;
  readonly destination: string;
  readonly state: DownloadState;
  /** Resolves when everything that is there is on the disk. @throws LoopstickError DOWNLOAD_STATE */
  pause(reason?: Error): Promise<void>;
  /** Puts it into the queue again; nothing when it is there. @throws LoopstickError DOWNLOAD_STATE */
  resume(): Promise<void>;
  /** Resolves when what was there of the file is removed. @throws LoopstickError DOWNLOAD_STATE */
  cancel(): Promise<void>;
  /** Resolves when it comes to rest, at once when it is there. After `resume`, it can be asked again. Never rejects. */
  outcome(): Promise<JobOutcome>;
}
