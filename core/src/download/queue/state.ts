import { failure } from '../../engine/errors.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';

/** What a download of the queue can be doing. */
export const DOWNLOAD_STATES = [
  'queued',
  'downloading',
  'paused',
  'verifying',
  'completed',
  'failed',
  'cancelled',
] as const;

export type DownloadState = (typeof DOWNLOAD_STATES)[number];

/** The moves that there are; every other is an error. */
const MOVES: Readonly<Record<DownloadState, readonly DownloadState[]>> = {
  queued: ['downloading', 'paused', 'cancelled'],
  downloading: ['verifying', 'paused', 'failed', 'cancelled'],
  // Ranges that turn out to be wrong are fetched again.
  verifying: ['completed', 'downloading', 'paused', 'failed', 'cancelled'],
  paused: ['queued', 'cancelled'],
  // Parts are kept on failure, so a failed download can be tried again, or thrown away.
  failed: ['queued', 'cancelled'],
  completed: [],
  cancelled: [],
};

export function canMove(from: DownloadState, to: DownloadState): boolean {
  return MOVES[from].includes(to);
}

/** @param id of the download @throws LoopstickError DOWNLOAD_STATE when there is no such move */
export function move<To extends DownloadState>(from: DownloadState, to: To, id: string): To {
  if (!canMove(from, to)) throw failure(QUEUE_ERRORS.state, { id, from, to });
  return to;
}

/** Nothing can happen to it any more: the same file is a new download. */
export function isFinal(state: DownloadState): boolean {
  return MOVES[state].length === 0;
}

/** Somebody works on it, or is about to. Only a process that lives can have such downloads. */
export function isActive(state: DownloadState): boolean {
  return canMove(state, 'paused');
}
