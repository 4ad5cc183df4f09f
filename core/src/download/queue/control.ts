import { setTimeout as sleep } from 'node:timers/promises';

import { failure } from '../../engine/errors.ts';
import type { DownloadHandle } from './handle.ts';
import type { JobRecord, JobRequest } from './job-record.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';
import { canMove, isActive, type DownloadState } from './state.ts';

/** How long another process has to do what it is asked for. */
const ANSWER_MS = 15_000;

const WANTED: Readonly<Record<JobRequest, DownloadState>> = { pause: 'paused', resume: 'queued', cancel: 'cancelled' };

/** What controlling a download needs of the queue. */
export interface ControlSide {
  readonly signal: AbortSignal | undefined;
  readonly clock: () => number;
  readonly lookMs: number;
  /** @throws LoopstickError DOWNLOAD_UNKNOWN, DOWNLOAD_AMBIGUOUS */
  find(prefix: string): JobRecord;
  /** The download when it is one of this process. */
  own(id: string): DownloadHandle | undefined;
  /** Asks the process that has it. */
  ask(id: string, request: JobRequest): void;
  /** Pauses what belongs to processes that have ended. */
  removeEnded(): Promise<void>;
  /** Takes what belongs to nobody as this process's own; undefined when somebody was faster. */
  claim(record: JobRecord): DownloadHandle | undefined;
  /** Cancels what belongs to nobody and removes what is there of the file. */
  discard(record: JobRecord): Promise<void>;
}

export interface Controlled {
  readonly record: JobRecord;
  /** When it is one of this process. */
  readonly handle: DownloadHandle | undefined;
}

/** Does with a download what is asked for, or has its process do it; resolves when it is done. */
export async function control(side: ControlSide, prefix: string, request: JobRequest): Promise<Controlled> {
  const { id } = side.find(prefix);
  const until = side.clock() + ANSWER_MS;
  for (let isAsked = false; ;) {
    const own = side.own(id);
    const record = side.find(id);
    if (own !== undefined) {
      await own[request]();
      return { record: side.find(id), handle: own };
    }
    if (isAsked && record.owner !== undefined && record.request === undefined) return { record, handle: undefined };
    // It went on, and its process is done with it already.
    if (isAsked && request === 'resume' && record.state === 'completed') return { record, handle: undefined };
    if (hasHappened(request, record.state, record.owner !== undefined)) return { record, handle: undefined };
    if (!canMove(record.state, WANTED[request])) {
      throw failure(QUEUE_ERRORS.state, { id, from: record.state, to: WANTED[request] });
    }
    if (record.owner === undefined) {
      if (request === 'cancel') await side.discard(record);
      const handle = request === 'cancel' ? undefined : side.claim(record);
      return { record: side.find(id), handle };
    }
    if (!isAsked) side.ask(id, request);
    isAsked = true;
    if (side.clock() > until) {
      throw failure(QUEUE_ERRORS.unanswered, { id, label: record.label, pid: record.owner.pid });
    }
    await sleep(side.lookMs, undefined, { signal: side.signal }).catch(() => {
      side.signal?.throwIfAborted();
    });
    await side.removeEnded();
  }
}

/** There is nothing to ask for. Whoever resumes a download wants somebody to work on it. */
function hasHappened(request: JobRequest, state: DownloadState, hasOwner: boolean): boolean {
  return request === 'resume' ? isActive(state) && hasOwner : state === WANTED[request];
}
