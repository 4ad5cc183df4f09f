import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';

import type { Engine } from '../engine/engine.ts';
import { isLoopstickError, systemCode } from '../engine/errors.ts';
import { makeFolder } from '../engine/make-folder.ts';
import { algorithmsOf } from '../verify/digests.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import { DEFAULT_CONNECTIONS, type DownloadJob, type DownloadOptions, type DownloadResult } from './job.ts';
import { discardPart } from './leftovers.ts';
import { Meter } from './meter.ts';
import { MirrorChoice } from './mirror-choice.ts';
import { continuePart, type Continuation } from './part/continuation.ts';
import { PartFile } from './part/part-file.ts';
import { lockPart, wishOf, type PartLock } from './part/part-lock.ts';
import { partPaths } from './part/part-paths.ts';
import { patienceFrom } from './patience.ts';
import { presentDownload, presentFile } from './present-file.ts';
import { confirmPresent } from './queue/confirm-present.ts';
import { checkSpace, freeSpaceIn } from './space.ts';
import type { Filled } from './transfer/fill.ts';
import { Hosts } from './transfer/hosts.ts';
import { randomOf } from './transfer/random.ts';
import { RateLimiter } from './transfer/rate-limit.ts';
import { isVouchedFor } from './vouched.ts';

/** How often somebody who waits for another process's download looks whether it is done. */
const LOCK_POLL_MS = 250;

/**
 * Downloads one file, from as many of its mirrors at once as that makes it faster, and gives it its name only when its
 * digests are right. Until then it grows as `<destination>.part`, beside which `<destination>.part.resume` says what is
 * there; a later run goes on from that. While another process downloads the same file, this one waits for it.
 *
 * Emits `transfer` several times a second, `progress` (step `hash`), `resume`, `waiting` and `failover`; tells the
 * plugins `beforeDownload` and `afterDownload`.
 *
 * @throws LoopstickError DOWNLOAD_SPACE, DOWNLOAD_NO_MIRRORS, DOWNLOAD_NO_ADDRESSES, DOWNLOAD_DESTINATION_EXISTS, DOWNLOAD_NOT_A_FILE,
 *   DOWNLOAD_ALL_MIRRORS_FAILED, DOWNLOAD_RETRY_LATER, DOWNLOAD_CHECKSUM, PLUGIN_REFUSED; the system's own errors
 *   (ENOSPC, EACCES, EROFS, …) at once, without trying another mirror; the signal's reason when aborted, after
 *   everything that is there has been recorded
 */
export async function downloadFile(
  engine: Engine,
  job: DownloadJob,
  options: DownloadOptions,
): Promise<DownloadResult> {
  const { signal } = options;
  signal.throwIfAborted();
  const there = await presentDownload(engine, job, signal);
  if (there !== undefined) return there;

  const { label, destination: file, size, digests } = job;
  await engine.notify('beforeDownload', { label, file, size, ...digests }, signal);
  await makeFolder(dirname(file));
  const { lock, isShared } = await waitForPart(engine, job, signal);
  let result: DownloadResult;
  try {
    // Whoever had the lock may have finished it.
    const shared = isShared ? await sharedDownload(engine, job, signal) : undefined;
    result = shared ?? (await presentDownload(engine, job, signal, lock)) ?? (await fetch(engine, job, options));
  } finally {
    await lock.release();
  }
  // It is done: who interrupts now comes too late.
  await engine.notify('afterDownload', { label, file, size: result.size, ...digests }, new AbortController().signal);
  return result;
}

async function fetch(engine: Engine, job: DownloadJob, options: DownloadOptions): Promise<DownloadResult> {
  const { signal, freeSpace = freeSpaceIn } = options;
  const { label, destination } = job;
  const paths = partPaths(destination);
  const { clock } = engine.context;
  const part = await PartFile.open(paths.part);
  let filled: Filled;
  let continuation: Continuation | undefined;
  let mirrors: MirrorChoice | undefined;
  try {
    const meter = new Meter(engine, 'hash', label);
    continuation = await continuePart(paths.resume, part, job, {
      signal,
      random: engine.context.random,
      onProgress: meter.report.bind(meter),
    });
    if (job.size !== undefined) await checkSpace(destination, job.size, continuation?.map.done ?? 0, freeSpace);
    const limits = options.connections ?? DEFAULT_CONNECTIONS;
    mirrors = await MirrorChoice.of(engine, job, { memory: options.mirrorMemory, signal });
    // Whoever only lists or builds what is here does not load what moves bytes.
    const { fillPart } = await import('./transfer/fill.ts');
    filled = await fillPart({
      ...{ engine, job, part, continuation, signal, clock },
      resumePath: paths.resume,
      urls: mirrors.urls,
      advice: mirrors.advice,
      onOrigins: mirrors.watch.bind(mirrors),
      patience: patienceFrom(engine.settings, options.patience),
      limiter: options.limiter ?? new RateLimiter({ clock }),
      hosts: options.hosts ?? newHosts(engine, limits.perHost),
      mostConnections: limits.perJob,
      perMirror: engine.settings.mirrors.connections,
      onReport: (report) => {
        engine.events.emit('transfer', report);
        options.onReport?.(report);
      },
      onVerify: () => options.onVerify?.(),
      checkSpace: (size, present) => checkSpace(destination, size, present, freeSpace),
    });
    signal.throwIfAborted();
    // Whatever somebody else has appended was not verified.
    if ((await part.size()) !== filled.size) await part.truncate(filled.size);
    await part.publish(destination, job.replace === true).catch(async (error: unknown) => {
      if (systemCode(error) !== 'EEXIST') throw error;
      // It has come into being meanwhile. That is well if it is the same file.
      if ((await presentFile(engine, job, signal)) === undefined) throw error;
      await discardPart(destination);
    });
    await discardPart(destination);
  } finally {
    mirrors?.end();
    const isEmpty = (await part.size().catch(() => 1)) === 0;
    await continuation?.file.close();
    await part.close();
    if (isEmpty) await discardPart(destination);
  }
  const { size, resumed, digests, origins } = filled;
  return { path: destination, size, resumed, digests, verified: isVouchedFor(job), origins };
}

function newHosts(engine: Engine, perHost: number): Hosts {
  const { clock, now } = engine.context;
  return new Hosts({ clock, now, perHost, random: randomOf(engine) });
}

/**
 * What is there after somebody has downloaded from the same address. Without checksums nothing else says that it is the
 * wanted file; before the waiting there was none. Undefined when there still is none, or it was to be replaced.
 */
async function sharedDownload(
  engine: Engine,
  job: DownloadJob,
  signal: AbortSignal,
): Promise<DownloadResult | undefined> {
  if (job.replace === true) return undefined;
  const result = await confirmPresent(engine, job, signal);
  return job.size === undefined || job.size === result?.size ? result : undefined;
}

/** The address of a file without checksums, for comparison only; undefined when there is more to compare. */
function wishFrom({ urls: [first = ''], digests }: DownloadJob): string | undefined {
  if (algorithmsOf(digests).length > 0 || !URL.canParse(first)) return undefined;
  const url = new URL(first);
  // A short password could be guessed from its hash.
  url.username = url.password = '';
  return createHash('sha256').update(url.href).digest('hex');
}

/**
 * The exclusive right to write to the part; waits for whoever has it.
 * @returns with it, whether the last one who had it wanted the same, as far as that is known
 * @throws the system's own errors; the signal's reason
 */
async function waitForPart(
  engine: Engine,
  job: DownloadJob,
  signal: AbortSignal,
): Promise<{ readonly lock: PartLock; readonly isShared: boolean }> {
  const { destination: file } = job;
  const { lock: path } = partPaths(file);
  const wish = wishFrom(job);
  let theirs: string | undefined;
  let told = false;
  for (;;) {
    try {
      const lock = await lockPart(path, file, engine.context, wish);
      return { lock, isShared: wish !== undefined && theirs === wish };
    } catch (error) {
      if (!isLoopstickError(error, DOWNLOAD_ERRORS.busy.code)) throw error;
      if (!told) engine.events.emit('waiting', { file, error });
      told = true;
    }
    if (wish !== undefined) theirs = (await wishOf(path)) ?? theirs;
    await sleep(LOCK_POLL_MS, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
}
