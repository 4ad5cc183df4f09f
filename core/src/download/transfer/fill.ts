import type { Engine } from '../../engine/engine.ts';
import { failure, isLoopstickError } from '../../engine/errors.ts';
import type { Digests } from '../../verify/digests.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { DownloadJob, Origin as Delivery, Patience, TransferReport } from '../job.ts';
import type { Continuation } from '../part/continuation.ts';
import type { PartFile } from '../part/part-file.ts';
import { isVouchedFor } from '../vouched.ts';
import { LEAST_UNREAD } from './buffers.ts';
import { discover } from './discover.ts';
import { IDENTITY_CODES } from './failures.ts';
import type { Hosts } from './hosts.ts';
import { KnownLength } from './known-length.ts';
import type { MirrorAdvice } from './mirror-board.ts';
import { Origin } from './origin.ts';
import type { RateLimiter } from './rate-limit.ts';
import { Reporter } from './reporter.ts';
import { fillSpare } from './spare-part.ts';
import type { IdentityLevel } from './state.ts';
import { fillUnknownLength } from './unknown-length.ts';

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
  readonly perMirror?: number | undefined;
  readonly advice?: MirrorAdvice | undefined;
  /** Given the origins before anything is asked of them; what they come to know can be read from them at any time. */
  readonly onOrigins?: ((origins: readonly Origin[]) => void) | undefined;
  readonly clock: () => number;
  readonly onReport: (report: TransferReport) => void;
  /** The file is there and is now being compared with its digests. */
  readonly onVerify: () => void;
  /** @throws LoopstickError DOWNLOAD_SPACE */
  readonly checkSpace: (size: number, present: number) => Promise<void>;
}

export interface Filled {
  readonly size: number;
  /** Bytes of an earlier run that were kept. */
  readonly resumed: number;
  readonly digests: Digests;
  readonly origins: readonly Delivery[];
}

/**
 * Fills a part until it is the whole file, and compares it with its digests. When it fails or is aborted, what is there
 * is on the disk and recorded, unless the bytes themselves are wrong: then they are thrown away.
 *
 * @throws LoopstickError DOWNLOAD_ALL_MIRRORS_FAILED, DOWNLOAD_RETRY_LATER, DOWNLOAD_CHECKSUM, DOWNLOAD_SPACE; the
 *   system's own errors; the signal's reason
 */
export async function fillPart(options: FillOptions): Promise<Filled> {
  const { hosts, clock, continuation } = options;
  await prepareTransports(options);
  const origins = authorityFirst(options).map((url, index) => new Origin(url, index, hosts.at(url), clock));
  options.onOrigins?.(origins);
  for (const { url, place, validators } of continuation?.origins ?? []) {
    origins.find((origin) => origin.url === url)?.remember(validators, place);
  }
  const { sizes, level, isSame } = await discover(
    { engine: options.engine, patience: options.patience, clock, bufferSize: () => LEAST_UNREAD },
    options.job,
    origins,
    options.signal,
  );
  if (isSame) return await fillAny(options, origins, sizes, level);
  // What is here may be of another file.
  const changed = origins.find(({ isPinned }) => isPinned) ?? origins[0];
  if (continuation !== undefined && changed !== undefined) {
    options.engine.events.emit(
      'warning',
      failure(DOWNLOAD_ERRORS.begunAnew, { label: options.job.label, mirror: changed.name }),
    );
  }
  await continuation?.file.close();
  return await fillAny({ ...options, continuation: undefined }, origins, sizes, level);
}

/** What transports load takes time that no mirror is to be measured by, or given up for. @throws the signal's reason */
async function prepareTransports({
  engine,
  urls,
  signal,
}: Pick<FillOptions, 'engine' | 'urls' | 'signal'>): Promise<void> {
  const first = [...new Map(urls.map((url) => [url.slice(0, url.indexOf(':')), url])).values()];
  const prepared = first.map(async (url) => (await engine.transport(url)).prepare?.());
  // Requests themselves fail for the same reason.
  await Promise.allSettled(prepared);
  signal.throwIfAborted();
}

/**
 * Without a digest, the file is what the address says that was given first: no other one is asked before it, however
 * they are ranked.
 */
function authorityFirst({ urls, job }: Pick<FillOptions, 'urls' | 'job'>): readonly string[] {
  const [first] = job.urls;
  if (isVouchedFor(job) || first === undefined || !urls.includes(first)) return urls;
  return [first, ...urls.filter((url) => url !== first)];
}

/** Tries the sizes that servers named, one after the other. */
async function fillAny(
  options: FillOptions,
  origins: readonly Origin[],
  sizes: readonly number[],
  level: IdentityLevel,
): Promise<Filled> {
  const { job, signal } = options;
  // What is here has a size as well, and more to say for it than an answer.
  const held = level === 'digest' ? options.continuation?.map.size : undefined;
  const candidates = [...new Set(held === undefined || job.size !== undefined ? sizes : [held, ...sizes])];
  if (candidates.length === 0) return await fillUnknownLength(options, origins);

  const present = options.continuation?.map.size === candidates[0] ? (options.continuation?.map.done ?? 0) : 0;
  // One for all sizes: what it told of the first one is not taken back for the next.
  const reporter = new Reporter(job.label, present, options.clock, options.onReport);
  /** Why the first one failed of which something is here. */
  let kept: unknown;
  for (let index = 0; ; index++) {
    const fill = async (into: FillOptions): Promise<Filled> =>
      (await KnownLength.begin(into, origins, candidates[index] ?? 0, level, reporter)).fill();
    try {
      return await (kept === undefined ? fill(options) : fillSpare(options, fill));
    } catch (error) {
      signal.throwIfAborted();
      // Some servers say another size only when they are asked for what is not there.
      for (const { otherSize } of origins) {
        if (otherSize !== undefined && !candidates.includes(otherSize)) candidates.push(otherSize);
      }
      const isWrong = isLoopstickError(error, DOWNLOAD_ERRORS.checksum.code);
      const isLast = index === candidates.length - 1;
      // What is here is given up only when nobody is left who may have the rest of it.
      const mayGiveUp = held === undefined || sizes.includes(held) || origins.every(hasAnother);
      // One server may name a size that no disk has.
      const isTooLarge = isLoopstickError(error, DOWNLOAD_ERRORS.space.code) && !isLast;
      const isAnswer = isWrong || isTooLarge || (isAllFailed(error) && mayGiveUp);
      if (job.size !== undefined && isAllFailed(error) && level === 'digest' && (await options.part.size()) > 0) {
        return await fillWithOthers(options, origins, fill, error);
      }
      if (job.size !== undefined || !isAnswer) throw kept ?? error;
      // Those who name no size may have the file that none of the named sizes was of.
      const silent = level === 'digest' ? origins.filter(({ saysSize, host }) => !saysSize && !host.isBroken) : [];
      if (isLast && silent.length === 0) throw kept ?? error;
      if ((await options.part.size()) > 0) kept ??= error;
      // Who only fails is not waited for again with each size.
      for (const origin of origins) {
        if (origin.host.isBroken) origin.out ??= origin.lastError;
        else origin.restart();
      }
      if (!isLast) continue;
      const stream = (into: FillOptions): Promise<Filled> => fillUnknownLength(into, silent, reporter);
      return await (kept === undefined ? stream(options) : fillSpare(options, stream)).catch((last: unknown) => {
        signal.throwIfAborted();
        throw kept ?? (isAllFailed(last) ? error : last);
      });
    }
  }
}

/**
 * Those who sent what is here are gone, and who is left has something else: that may be the right file. What is here
 * stays until it is proven to be.
 * @throws `error`, why those who sent it are gone, when there is nobody, or what they have is not right either
 */
async function fillWithOthers(
  options: FillOptions,
  origins: readonly Origin[],
  fill: (into: FillOptions) => Promise<Filled>,
  error: unknown,
): Promise<Filled> {
  const others = origins.filter(({ out }) => IDENTITY_CODES.has(out?.code ?? ''));
  if (others.length === 0) throw error;
  for (const origin of others) origin.restart();
  return await fillSpare(options, fill).catch(() => {
    options.signal.throwIfAborted();
    throw error;
  });
}

/** Whether an origin is out because it has another file, and not for a while. */
function hasAnother({ out }: Origin): boolean {
  return out !== undefined && (IDENTITY_CODES.has(out.code) || out.code === DOWNLOAD_ERRORS.sizeMismatch.code);
}

function isAllFailed(error: unknown): boolean {
  return isLoopstickError(error, DOWNLOAD_ERRORS.allMirrorsFailed.code);
}
