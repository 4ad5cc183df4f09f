import type { DownloadJob } from './job.ts';

/** Whether the job says by what its bytes can be proven: a digest of the whole, or of all its pieces. */
export function isVouchedFor({ digests, pieces, size }: DownloadJob): boolean {
  if (Object.keys(digests).length > 0) return true;
  return pieces !== undefined && size !== undefined && pieces.digests.length === Math.ceil(size / pieces.length);
}
