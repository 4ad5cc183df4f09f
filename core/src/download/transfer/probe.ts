import { isLoopstickError } from '../../engine/errors.ts';
import type { PieceMap } from '../part/piece-map.ts';
import { differentFile } from './identity.ts';
import type { Origin } from './origin.ts';
import { readRange, type Range } from './read-range.ts';
import type { TransferState } from './state.ts';

const SAMPLE = 64 * 1024;

/**
 * Compares samples of what an origin has with bytes that are here already: of other origins, or of its own from
 * before. Costs two small requests and catches a stale mirror before it contributes.
 *
 * @returns false when nothing is here to compare with
 * @throws LoopstickError DOWNLOAD_DIFFERENT_FILE when a byte differs; what the transport throws
 */
export async function probe(
  state: TransferState,
  origin: Origin,
  isReference: (piece: number) => boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const samples = choose(state, isReference);
  for (const { start, end } of samples) {
    const mine = await state.part.read(start, end - start);
    const theirs = await fetchSample(state, origin, { start, end }, signal);
    // An answer may be shorter than what was asked for.
    if (theirs.length > 0 && mine.subarray(0, theirs.length).equals(theirs)) continue;
    const problem = `bytes ${start} to ${end} are not those of the other mirrors`;
    throw differentFile(origin, problem, { start, end, theirs });
  }
  return samples.length > 0;
}

/** Where an origin has other bytes than are here: the `cause` of what `probe` throws then. */
export interface Mismatch extends Range {
  readonly theirs: Buffer;
}

/** Whether a third origin has what the other one has, so that what is here is wrong; false when it cannot be asked. */
export async function agreesWith(
  state: TransferState,
  third: Origin,
  { theirs, ...sample }: Mismatch,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return theirs.equals(await fetchSample(state, third, sample, signal));
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    return false;
  }
}

/** Whether something is here that an origin did not send itself, so that it can be compared. */
export function isComparable({ map }: Pick<TransferState, 'map'>, origin: Origin): boolean {
  for (let piece = 0; piece < map.count; piece++) {
    if (isSampled(map, piece) && map.originOf(piece) !== origin.index) return true;
  }
  return false;
}

/** A piece need not be complete: what a slow mirror has brought of one says as much. */
function isSampled(map: PieceMap, piece: number): boolean {
  return map.readableOf(piece) >= Math.min(SAMPLE, map.lengthOf(piece));
}

/** One sample at random, since nobody may foresee it, and one as far back as possible, where images differ most. */
function choose({ map, engine }: TransferState, isReference: (piece: number) => boolean): Range[] {
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
  const tail = { start: Math.max(map.startOf(last), endOf(last) - SAMPLE), end: endOf(last) };
  return tail.start <= start && end <= tail.end ? [tail] : [{ start, end }, tail];
}

async function fetchSample(state: TransferState, origin: Origin, sample: Range, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const keep = (batch: readonly Uint8Array[]): void => {
    chunks.push(...batch.map((chunk) => Uint8Array.from(chunk)));
  };
  await readRange(state, origin, sample, keep, signal);
  return Buffer.concat(chunks);
}
