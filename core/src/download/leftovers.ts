/** What downloads leave beside a file that are over, whether they ended well or not. */
import { lstat, rm } from 'node:fs/promises';

import type { Context } from '../engine/context.ts';
import { isLoopstickError, systemCode } from '../engine/errors.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import type { DownloadJob } from './job.ts';
import { isRecordOf } from './part/continuation.ts';
import { lockPart, type PartLock } from './part/part-lock.ts';
import { partPaths } from './part/part-paths.ts';
import { ResumeFile } from './part/resume-file.ts';
import { sparePaths } from './transfer/spare-part.ts';

/** Removes what an unfinished download has left. Nobody may be working on it. */
export async function discardPart(destination: string): Promise<void> {
  const { part, resume } = partPaths(destination);
  const other = sparePaths(part);
  // The second of each pair is left when a process is killed while it makes a resume file.
  const resumes = [resume, other.resume].flatMap((path) => [path, `${path}.new`]);
  for (const path of [part, other.part, ...resumes]) await rm(path, { force: true }).catch(ignoreFolder);
}

/** What is no file was not made here and stays; whoever wanted to write to it has said so. */
function ignoreFolder(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ERR_FS_EISDIR')) throw error;
}

/**
 * Removes what is there of a file that is not downloaded any more. False when somebody works on it after all: then it is
 * his. @throws the system's own errors
 */
export async function discardUnused(destination: string, context: Context): Promise<boolean> {
  let lock: PartLock;
  try {
    lock = await lockPart(partPaths(destination).lock, destination, context);
  } catch (error) {
    if (isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) return false;
    // A folder that is gone holds nothing to remove.
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return true;
    throw error;
  }
  try {
    await discardPart(destination);
  } finally {
    await lock.release();
  }
  return true;
}

/**
 * The file of this job is in its place: removes what a run has left that was killed after it had put it there. Nothing
 * else is touched that has the name of a part: it may be one of another file that is to take this one's place, or a
 * browser's. Whatever goes wrong, the file is there all the same, so it is no error.
 * @param lock of the part, when the caller has it; otherwise nothing is removed while somebody else has it
 */
export async function discardLeftovers(
  job: Pick<DownloadJob, 'destination' | 'size' | 'digests' | 'urls'>,
  context: Context,
  lock?: PartLock,
): Promise<void> {
  const { destination } = job;
  try {
    if (!(await hasLeftovers(job))) return;
    if (lock === undefined) await discardUnused(destination, context);
    else await discardPart(destination);
  } catch {
    // The next one to come may have more luck.
  }
}

async function hasLeftovers(job: Pick<DownloadJob, 'destination' | 'size' | 'digests' | 'urls'>): Promise<boolean> {
  const { part, resume } = partPaths(job.destination);
  const [file, left] = await Promise.all([lstat(job.destination), lstat(part).catch(() => undefined)]);
  // A finished file has both names for a moment.
  if (left?.ino === file.ino && left.dev === file.dev) return true;
  const state = await ResumeFile.peek(resume);
  return state !== undefined && isRecordOf(state, job);
}
