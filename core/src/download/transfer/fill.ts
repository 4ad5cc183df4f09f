import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError, type LoopstickError } from '../../engine/errors.ts';
import { mirrorName } from '../../mirror/mirror-name.ts';
import { algorithmsOf, differing, strongestOf, type Digests, type HashAlgorithm } from '../../verify/digests.ts';
import { hashGrowingFile, type GrowingFileHasher } from '../../verify/growing-file.ts';
import { digestFile } from '../../verify/hash.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob, Origin as Delivery, Patience, TransferReport } from '../job.ts';
import type { PartFile } from '../part/part-file.ts';
import { PieceMap, pieceSizeFor } from '../part/piece-map.ts';
import { ResumeFile } from '../part/resume-file.ts';
import type { Continuation } from '../part/continuation.ts';
import { Checkpoint, stateOf } from './checkpoint.ts';
import { convict } from './convict.ts';
import { discover } from './discover.ts';
import { differentFile } from './identity.ts';
import { Leases } from './lease.ts';
import { Origin } from './origin.ts';
import type { Hosts } from './hosts.ts';
import { PieceCheck } from './piece-check.ts';
import { probe } from './probe.ts';
import type { RateLimiter } from './rate-limit.ts';
import { Reporter } from './reporter.ts';
import type { IdentityLevel, TransferState } from './state.ts';
import { Transfer } from './transfer.ts';
import { fetchUnknownLength } from './unknown-length.ts';

/** Everything that one filling of a part needs. */
export interface FillOptions {
  readonly engine: Engine;
  readonly job: DownloadJob;
  readonly part: PartFile;
  readonly resumePath: string;
  /** What an earlier run left, with its resume file. */
  readonly continuation: Continuation | undefined;
  /** In the order of the mirror strategy. */
  readonly urls: readonly string[];
  readonly signal: AbortSignal;
  readonly patience: Patience;
  readonly limiter: RateLimiter;
  readonly hosts: Hosts;
  readonly mostConnections: number;
  readonly clock: () => number;
  readonly onReport: (report: TransferReport) => void;
  /** The file is there and is now being compared with its digests. */
  readonly onVerify: () => void;
  /** @throws LoopstickError DOWNLOAD_SPACE */
  readonly checkSpace: (size: number, present: number) => Promise<void>;
}

export interface Filled {
  readonly size: number;
  readonly digests: Digests;
  readonly origins: readonly Delivery[];
}

/** All connections together hold about so many unread bytes, and each of them at most a part of it. */
const UNREAD_BYTES = 16 * 1024 * 1024;
const MOST_UNREAD = 1024 * 1024;
const LEAST_UNREAD = 128 * 1024;
/** After so many bytes the free space is looked at again: others write to the disk as well. */
const SPACE_STEP = 256 * 1024 * 1024;

/**
 * Fills a part until it is the whole file, and compares it with its digests. When it fails or is aborted, what is there
 * is on the disk and recorded, unless the bytes themselves are wrong: then they are thrown away.
 *
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED, DOWNLOAD_RETRY_LATER, DOWNLOAD_CHECKSUM, DOWNLOAD_SPACE; the
 *   system's own errors; the signal's reason
 */
export async function fillPart(options: FillOptions): Promise<Filled> {
  const { urls, hosts, clock, continuation } = options;
  const origins = urls.map((url, index) => new Origin(url, index, hosts.at(url), clock));
  for (const { url, validators } of continuation?.origins ?? []) {
    origins.find((origin) => origin.url === url)?.remember(validators);
  }
  const { sizes, level, isSame } = await discover(
    { engine: options.engine, patience: options.patience, clock, bufferSize: () => LEAST_UNREAD },
    options.job,
    origins,
    options.signal,
  );
  if (isSame) return await fillAny(options, origins, sizes, level);
  // What is here may be of another file.
  await continuation?.file.close();
  return await fillAny({ ...options, continuation: undefined }, origins, sizes, level);
}

/** Tries the sizes that servers named, one after the other. */
async function fillAny(
  options: FillOptions,
  origins: readonly Origin[],
  sizes: readonly number[],
  level: IdentityLevel,
): Promise<Filled> {
  const { job, signal } = options;
  if (sizes.length === 0) return await fillUnknown(options, origins);

  let last: unknown;
  for (const [index, size] of sizes.entries()) {
    if (index > 0) for (const origin of origins) origin.restart();
    try {
      return await fillKnown(options, origins, size, level);
    } catch (error) {
      signal.throwIfAborted();
      // Another server says another size, so that one may be the right one.
      const isAnswer = isLoopstickError(error, DOWNLOAD_ERRORS.checksum.code) || isAllFailed(error);
      if (job.size !== undefined || !isAnswer || index === sizes.length - 1) throw last ?? error;
      last = error;
    }
  }
  throw new RangeError('no size was tried');
}

function isAllFailed(error: unknown): boolean {
  return isLoopstickError(error, DOWNLOAD_ERRORS.allMirrorsFailed.code);
}

async function fillUnknown(options: FillOptions, origins: readonly Origin[]): Promise<Filled> {
  const { engine, job, part, patience, limiter, clock, signal } = options;
  const reporter = new Reporter(job.label, 0, clock, options.onReport);
  const state = { engine, patience, limiter, part, clock, bufferSize: () => bufferSize(limiter, 1) };
  let reported = Number.NEGATIVE_INFINITY;
  const size = await fetchUnknownLength(state, job, origins, signal, (done) => {
    if (clock() - reported < 250) return;
    reported = clock();
    for (const { speed } of origins) speed.sample();
    reporter.report(done, undefined, done, origins);
  });
  options.onVerify();
  const digests = await digestFile(part.path, wantedAlgorithms(job), { signal });
  const source = origins.find(({ speed }) => speed.total > 0);
  if (differing(job.digests, digests).length > 0) {
    await part.truncate(0);
    throw wrong(job, source === undefined ? [] : [source]);
  }
  return { size, digests, origins: [{ mirror: source?.url, start: 0, end: size }] };
}

async function fillKnown(
  options: FillOptions,
  origins: readonly Origin[],
  size: number,
  level: IdentityLevel,
): Promise<Filled> {
  const { job, part, engine, clock, limiter, patience, signal: outer } = options;
  const continuation = options.continuation?.map.size === size ? options.continuation : undefined;
  if (continuation === undefined) await options.continuation?.file.close();
  const map = continuation?.mapFor(origins) ?? new PieceMap(size, pieceSizeFor(size));
  await options.checkSpace(size, map.done);
  if (continuation === undefined) await part.truncate(0);

  const common = { part, map, origins, digests: job.digests };
  const urls = origins.map(({ url }) => url);
  const file =
    continuation?.file ?? (await ResumeFile.create(options.resumePath, stateOf(common, urls, map.done === 0)));
  const checkpoint = new Checkpoint(file, { ...common, clock });
  const reporter = new Reporter(job.label, map.done, clock, options.onReport);
  if (map.done > 0) engine.events.emit('resume', { label: job.label, bytes: map.done });
  if (level === 'none') for (const origin of origins) origin.streamOnly = true;

  const hashing = new AbortController();
  const pieces = job.pieces === undefined ? undefined : new PieceCheck(job.pieces, part, map);
  let hasher: GrowingFileHasher | undefined = hashGrowingFile(part.path, wantedAlgorithms(job), {
    signal: AbortSignal.any([outer, hashing.signal]),
  });
  let checkedSpaceAt = map.done;
  const droppedBefore = map.dropped;

  const refill = async (): Promise<void> => {
    do {
      const stop = new AbortController();
      const state: TransferState = {
        ...{ engine, job, patience, limiter, clock, part, map, origins, level },
        leases: new Leases(map),
        signal: stop.signal,
        bufferSize: () => bufferSize(limiter, Math.max(1, connectionsOf(origins))),
        onWritten: () => {
          hasher?.advance(map.frontier);
          checkpoint.touch();
        },
      };
      const watch = {
        async tick(received: number) {
          checkpoint.touch();
          if (map.done - checkedSpaceAt >= SPACE_STEP) {
            checkedSpaceAt = map.done;
            await options.checkSpace(size, map.done);
          }
          reporter.report(map.done, size, received, origins);
        },
        onFailover(origin: Origin, error: LoopstickError, next: Origin | undefined) {
          const names = { mirror: origin.name, next: next?.name };
          engine.events.emit('failover', { label: job.label, ...names, error });
        },
      };
      await new Transfer(state, { watch, stop, outer, mostConnections: options.mostConnections }).run();
    } while (pieces !== undefined && !(await dropWrongPieces(pieces, map, origins, outer)));
  };

  let isWrong = false;
  try {
    await refill();
    reporter.report(map.done, size, receivedBy(origins), origins);
    options.onVerify();
    let digests: Digests;
    if (map.dropped === droppedBefore) {
      hasher.advance(size);
      digests = await hasher.finish(size);
    } else {
      // Pieces have changed after they were hashed.
      digests = await digestFile(part.path, wantedAlgorithms(job), { signal: outer });
    }
    if (differing(job.digests, digests).length > 0) {
      const suspects = origins.filter(({ speed }) => speed.total > 0);
      // From here on pieces change that were hashed already.
      await hasher.close();
      hasher = undefined;
      const convicted = await convict({
        map,
        origins,
        refill,
        async isRight() {
          digests = await digestFile(part.path, wantedAlgorithms(job), { signal: outer });
          return differing(job.digests, digests).length === 0;
        },
        agrees: async (suspect, witness) => {
          const isSuspects = (piece: number): boolean => map.originOf(piece) === suspect.index;
          const state = { engine, job, patience, limiter, clock, part, map, origins, level };
          const sampling = { ...state, leases: new Leases(map), signal: outer, bufferSize: () => LEAST_UNREAD };
          return await probe({ ...sampling, onWritten: () => undefined }, witness, isSuspects, outer).then(
            () => true,
            (error: unknown) => {
              if (isLoopstickError(error, DOWNLOAD_ERRORS.differentFile.code)) return false;
              throw error;
            },
          );
        },
        verdict: (origin) => wrong(job, [origin]),
        onConvicted: (origin) => {
          const next = origins.find(({ out }) => out === undefined)?.name;
          engine.events.emit('failover', {
            label: job.label,
            mirror: origin.name,
            next,
            error: wrong(job, [origin]),
          });
        },
      });
      if (convicted === undefined) {
        isWrong = true;
        throw wrong(job, suspects.length > 0 ? suspects : origins);
      }
    }
    return { size, digests, origins: deliveriesOf(map, origins) };
  } catch (error) {
    await checkpoint.settle();
    if (isWrong || map.done === 0) {
      await part.truncate(0);
      await file.remove();
    } else {
      // Why it ended says more than that its last note could not be written.
      await checkpoint.finish().catch(() => undefined);
    }
    throw error;
  } finally {
    hashing.abort(new Error('the transfer has ended'));
    await hasher?.close();
    await checkpoint.settle();
    await file.close().catch(() => undefined);
  }
}

/** True when no piece was found to be wrong; otherwise those are gaps again, and whoever sent them is out. */
async function dropWrongPieces(
  pieces: PieceCheck,
  map: PieceMap,
  origins: readonly Origin[],
  signal: AbortSignal,
): Promise<boolean> {
  const wrongPieces = await pieces.check(signal);
  for (const piece of wrongPieces) {
    const origin = origins[map.originOf(piece)];
    if (origin !== undefined) {
      const problem = `bytes ${map.startOf(piece)} to ${map.endOf(piece)} do not have their digest`;
      origin.out = differentFile(origin, problem);
    }
    map.drop(piece);
  }
  return wrongPieces.length === 0;
}

/** What is compared or, when there is nothing to compare, told. */
function wantedAlgorithms({ digests }: DownloadJob): HashAlgorithm[] {
  const wanted = algorithmsOf(digests);
  return wanted.length > 0 ? wanted : ['sha256'];
}

function wrong(job: DownloadJob, origins: readonly Origin[]): LoopstickError {
  const algorithm = strongestOf(job.digests) ?? 'sha256';
  const mirrors = origins.map(({ url }) => mirrorName(url)).join(' and ') || 'an earlier run';
  const values = { label: job.label, mirrors, algorithm, wanted: job.digests[algorithm] ?? '' };
  return failure(DOWNLOAD_ERRORS.checksum, values);
}

function bufferSize(limiter: RateLimiter, connections: number): number {
  if (limiter.limited) return limiter.batchFor(connections);
  return Math.min(MOST_UNREAD, Math.max(LEAST_UNREAD, Math.floor(UNREAD_BYTES / connections)));
}

function connectionsOf(origins: readonly Origin[]): number {
  return origins.reduce((sum, { connections }) => sum + connections, 0);
}

function receivedBy(origins: readonly Origin[]): number {
  return origins.reduce((sum, { speed }) => sum + speed.total, 0);
}

function deliveriesOf(map: PieceMap, origins: readonly Origin[]): Delivery[] {
  const deliveries: { mirror: string | undefined; start: number; end: number }[] = [];
  for (let piece = 0; piece < map.count; piece++) {
    const mirror = origins[map.originOf(piece)]?.url;
    const last = deliveries.at(-1);
    if (last?.mirror === mirror && last !== undefined) last.end = map.endOf(piece);
    else deliveries.push({ mirror, start: map.startOf(piece), end: map.endOf(piece) });
  }
  return deliveries;
}
