import type { Engine } from '../engine/engine.ts';
import { rankMirrors } from '../mirror/rank.ts';
import { fetchVerified } from './fetch-verified.ts';
import { DEFAULT_PATIENCE, type DownloadJob, type DownloadOptions, type DownloadResult } from './job.ts';
import { Meter } from './meter.ts';
import { PartFile } from './part-file.ts';
import { lockPart } from './part-lock.ts';
import { presentSize } from './present-file.ts';
import { checkSpace, freeSpaceIn, sizeOf } from './space.ts';
import type { Transfer } from './transfer.ts';

/**
 * Downloads one file, from whichever of its mirrors deliver, and gives it its name only when its SHA-256 is right.
 * Until then it grows as `<destination>.part`, which a later run continues.
 *
 * Emits `progress` (steps `hash` and `download`), `resume` and `failover`; tells the plugins `beforeDownload` and
 * `afterDownload`.
 *
 * @throws LoopstickError DOWNLOAD_SPACE, DOWNLOAD_BUSY, DOWNLOAD_NO_MIRRORS, DOWNLOAD_DESTINATION_EXISTS,
 *   DOWNLOAD_NOT_A_FILE, DOWNLOAD_ALL_MIRRORS_FAILED, DOWNLOAD_CHECKSUM, PLUGIN_REFUSED; the system's own errors
 *   (ENOSPC, EACCES, EROFS, …) at once, without trying another mirror; the signal's reason when aborted
 */
export async function downloadFile(
  engine: Engine,
  job: DownloadJob,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const there = await presentSize(engine, job, signal);
  if (there !== undefined) return { path: job.destination, size: there, resumed: there, origins: [] };

  const { label, destination: file, size, sha256 } = job;
  const path = `${file}.part`;
  const freeSpace = options.freeSpace ?? freeSpaceIn;
  await engine.notify('beforeDownload', { label, file, size, sha256 }, signal);
  if (size !== undefined) await checkSpace(file, size, await sizeOf(path), freeSpace);

  const lock = await lockPart(`${path}.lock`, file, engine.context);
  let result: DownloadResult;
  try {
    result = await fill(engine, job, path, { ...options, freeSpace });
  } finally {
    await lock.release();
  }
  await engine.notify('afterDownload', { label, file, size: result.size, sha256 }, signal);
  return result;
}

async function fill(
  engine: Engine,
  job: DownloadJob,
  path: string,
  { signal, patience, freeSpace }: DownloadOptions & { readonly freeSpace: (folder: string) => Promise<number> },
): Promise<DownloadResult> {
  const { label, destination, sha256 } = job;
  const hashing = new Meter(engine, 'hash', label);
  const part = await PartFile.open(path, { signal, onProgress: hashing.report.bind(hashing) });
  try {
    let resumed = part.size;
    const finished = resumed > 0 && (await part.digest()) === sha256;
    if (!finished) {
      // As long as the whole and still wrong: nothing of it can be used.
      if (job.size !== undefined && part.size >= job.size) await part.discard();
      resumed = part.size;
      if (resumed > 0) engine.events.emit('resume', { label, bytes: resumed });
      const transfer: Transfer = {
        engine,
        label,
        part,
        signal,
        size: job.size,
        sizeIsSure: job.size !== undefined,
        out: new Map(),
        streamOnly: new Set(),
        patience: { ...DEFAULT_PATIENCE, ...patience },
        meter: new Meter(engine, 'download', label),
        checkSpace: (size) => checkSpace(destination, size, part.size, freeSpace),
      };
      await fetchVerified(transfer, await rankMirrors(engine, job, signal), sha256);
    }
    signal.throwIfAborted();
    await part.publish(destination);
    return { path: destination, size: part.size, resumed, origins: part.origins };
  } finally {
    await part.close();
  }
}
