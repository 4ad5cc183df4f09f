import { setTimeout as sleep } from 'node:timers/promises';

import { isLoopstickError } from '../../engine/errors.ts';
import type { PieceMap } from '../part/piece-map.ts';
import { factsOf, IDENTITY_CODES } from './failures.ts';
import { differentFile } from './identity.ts';
import type { Origin } from './origin.ts';
import { readRange, type Range } from './read-range.ts';
import { classify } from './retry.ts';
import type { TransferState } from './state.ts';

const SAMPLE = 64 * 1024;

/** Why a vote is not waited for any longer. */
const TOO_LATE: unique symbol = Symbol('too late');

/**
 * Compares samples of what an origin has with bytes that are here already: of other origins, or of its own from
 * before. Costs two small requests and catches a stale mirror before it contributes. When something is dropped
 * meanwhile, what was read may have been a part of it, so that other samples are taken.
 *
 * @param isReference whether a piece is good for it, at the moment when it is chosen
 * @returns false when nothing is here to compare with, or its host has asked for patience meanwhile
 * @throws LoopstickError DOWNLOAD_DIFFERENT_FILE when a byte differs; what the transport throws
 */
export async function probe(
  state: TransferState,
  origin: Origin,
  isReference: (piece: number) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  for (;;) {
    const { dropped } = state.map;
    const isCurrent = (): boolean => state.map.dropped === dropped;
    const samples = choose(state, isReference);
    const mismatch = await firstMismatch(state, origin, samples, isCurrent, signal);
    if (!isCurrent()) continue;
    if (mismatch === undefined) return samples.length > 0 && origin.host.parkedFor() === 0;
    const problem = `bytes ${mismatch.start} to ${mismatch.end} are not those of the other mirrors`;
    throw differentFile(origin, problem, mismatch);
  }
}

/** Where an origin has other bytes than are here: the `cause` of what `probe` throws then. */
export interface Mismatch extends Range {
  readonly theirs: Buffer;
  /** The number of the origin whose bytes it was compared with; MIXED when there were several. */
  readonly holder: number;
  /** Whether nothing has been dropped since: then these bytes are still here. */
  isCurrent(): boolean;
}

/** What is compared: a range within one piece, and who sent that. */
interface Sample extends Range {
  readonly holder: number;
}

/** Undefined when all that could be compared is the same. */
async function firstMismatch(
  state: TransferState,
  origin: Origin,
  samples: readonly Sample[],
  isCurrent: () => boolean,
  signal: AbortSignal,
): Promise<Mismatch | undefined> {
  for (const { start, end, holder } of samples) {
    const mine = await state.part.read(start, end - start);
    const theirs = await fetchSample(state, origin, { start, end }, signal);
    // An answer may be shorter than what was asked for.
    const isSame = theirs.length > 0 && mine.subarray(0, theirs.length).equals(theirs);
    if (!isSame) return { start, end, theirs, holder, isCurrent };
    if (!isCurrent() || origin.host.parkedFor() > 0) break;
  }
  return undefined;
}

/**
 * Whether a third origin has what the other one has, so that what is here is wrong; undefined when it cannot be asked, or
 * takes too long.
 * @param mostMs as long as the job's patience when missing
 */
export async function agreesWith(
  state: TransferState,
  third: Origin,
  { theirs, start, end }: Mismatch,
  signal: AbortSignal,
  mostMs?: number,
): Promise<boolean | undefined> {
  const late = new AbortController();
  const timer =
    mostMs === undefined
      ? undefined
      : setTimeout(() => {
          late.abort(TOO_LATE);
        }, mostMs);
  const either = AbortSignal.any([signal, late.signal]);
  try {
    const sample = await asConnection(state, third, () => fetchSample(state, third, { start, end }, either), either);
    return sample === undefined ? undefined : theirs.equals(sample);
  } catch (error) {
    signal.throwIfAborted();
    if (error !== TOO_LATE && !isLoopstickError(error)) throw error;
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks an origin that was not connected for the purpose: counted as a connection to its host, and not before the host
 * takes one more.
 * @returns undefined when that would have taken too long
 * @throws what `work` throws; the signal's reason
 */
export async function asConnection<T>(
  { clock, patience }: Pick<TransferState, 'clock' | 'patience'>,
  { host }: Origin,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const until = clock() + patience.openMs;
  for (let waitMs = host.wait(); waitMs > 0; waitMs = host.wait()) {
    if (clock() + waitMs > until) return undefined;
    await sleep(waitMs, undefined, { signal }).catch(() => {
      signal.throwIfAborted();
    });
  }
  const release = host.open();
  try {
    const result = await work();
    host.answered();
    return result;
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(error)) {
      const { retryAfterMs } = factsOf(error);
      if (retryAfterMs !== undefined) host.park(retryAfterMs);
      host.failed(classify(error, patience) === 'transient' ? 'transient' : 'mirror');
    }
    throw error;
  } finally {
    release();
  }
}

/** Whether something is here that an origin did not send itself, so that it can be compared. */
export function isComparable({ map, origins }: Pick<TransferState, 'map' | 'origins'>, origin: Origin): boolean {
  for (let piece = 0; piece < map.count; piece++) {
    const holder = map.originOf(piece);
    if (isSampled(map, piece) && holder !== origin.index && !isOutvoted(origins[holder])) return true;
  }
  return false;
}

/** Whether somebody is known to have another file: nobody is measured by what is still here of it. */
export function isOutvoted(holder: Origin | undefined): boolean {
  return holder?.out !== undefined && IDENTITY_CODES.has(holder.out.code);
}

/** A piece need not be complete: what a slow mirror has brought of one says as much. */
function isSampled(map: PieceMap, piece: number): boolean {
  return map.readableOf(piece) >= Math.min(SAMPLE, map.lengthOf(piece));
}

/** One sample at random, since nobody may foresee it, and one as far back as possible, where images differ most. */
function choose({ map, engine }: TransferState, isReference: (piece: number) => boolean): Sample[] {
  const pieces = Array.from({ length: map.count }, (_, piece) => piece).filter(
    (piece) => isSampled(map, piece) && isReference(piece),
  );
  const last = pieces.at(-1);
  if (last === undefined) return [];
  const random = Buffer.from(engine.context.random(8));
  const piece = pieces[random.readUInt32LE(0) % pieces.length] ?? last;
  const endOf = (of: number): number => map.startOf(of) + map.readableOf(of);
  const room = Math.max(1, map.readableOf(piece) - SAMPLE);
  const start = map.startOf(piece) + (random.readUInt32LE(4) % room);
  const end = Math.min(start + SAMPLE, endOf(piece));
  const from = Math.max(map.startOf(last), endOf(last) - SAMPLE);
  const tail = { start: from, end: endOf(last), holder: map.originOf(last) };
  return tail.start <= start && end <= tail.end ? [tail] : [{ start, end, holder: map.originOf(piece) }, tail];
}

async function fetchSample(state: TransferState, origin: Origin, sample: Range, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const keep = (batch: readonly Uint8Array[]): void => {
    chunks.push(...batch.map((chunk) => Uint8Array.from(chunk)));
  };
  await readRange(state, origin, sample, keep, signal);
  return Buffer.concat(chunks);
}
