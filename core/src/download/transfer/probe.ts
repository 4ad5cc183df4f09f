import { failure, isLoopstickError } from '../../engine/errors.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import { lengthOf } from '../part/part-file.ts';
import { differentFile, judge } from './identity.ts';
import type { Origin } from './origin.ts';
import { openRange } from './request.ts';
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
    const theirs = await fetchSample(state, origin, start, end, signal);
    // An answer may be shorter than what was asked for.
    if (theirs.length > 0 && mine.subarray(0, theirs.length).equals(theirs)) continue;
    const problem = `bytes ${start} to ${end} are not those of the other mirrors`;
    throw differentFile(origin, problem, { start, end, theirs });
  }
  return samples.length > 0;
}

/** Where an origin has other bytes than are here: the `cause` of what `probe` throws then. */
export interface Mismatch extends Sample {
  readonly theirs: Buffer;
}

/** Whether a third origin has what the other one has, so that what is here is wrong; false when it cannot be asked. */
export async function agreesWith(
  state: TransferState,
  third: Origin,
  { start, end, theirs }: Mismatch,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return theirs.equals(await fetchSample(state, third, start, end, signal));
  } catch (error) {
    if (!isLoopstickError(error)) throw error;
    return false;
  }
}

interface Sample {
  readonly start: number;
  readonly end: number;
}

/** One sample at random, since nobody may foresee it, and one as far back as possible, where images differ most. */
function choose({ map, engine }: TransferState, isReference: (piece: number) => boolean): Sample[] {
  const pieces = Array.from({ length: map.count }, (_, piece) => piece).filter(
    (piece) => map.isDone(piece) && isReference(piece),
  );
  const last = pieces.at(-1);
  if (last === undefined) return [];
  const random = Buffer.from(engine.context.random(8));
  const piece = pieces[random.readUInt32LE(0) % pieces.length] ?? last;
  const room = Math.max(1, map.lengthOf(piece) - SAMPLE);
  const start = map.startOf(piece) + (random.readUInt32LE(4) % room);
  const end = Math.min(start + SAMPLE, map.endOf(piece));
  const tail = { start: Math.max(map.startOf(last), map.endOf(last) - SAMPLE), end: map.endOf(last) };
  return tail.start <= start && end <= tail.end ? [tail] : [{ start, end }, tail];
}

async function fetchSample(
  state: TransferState,
  origin: Origin,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const request = await openRange(state, origin, { start, end, ifRange: undefined }, signal);
  try {
    const { response } = request;
    // A web page or another size says nothing about the bytes that are here.
    judge(origin, state.job, state.map.size, { start, end, ifRange: undefined }, response);
    if (response.start !== start && response.start !== 0) throw differentFile(origin, 'it sends other ranges');
    // A server without ranges would have to send everything before: too dear for a sample.
    if (response.start !== start) throw noRanges(origin);
    const chunks: Uint8Array[] = [];
    for (let batch = await request.next(); batch !== undefined; batch = await request.next()) {
      chunks.push(...batch.map((chunk) => Uint8Array.from(chunk)));
      if (lengthOf(chunks) >= end - start) break;
    }
    return Buffer.concat(chunks).subarray(0, end - start);
  } finally {
    await request.end();
  }
}

function noRanges(origin: Origin): Error {
  origin.streamOnly = true;
  return failure(DOWNLOAD_ERRORS.badRange, { mirror: origin.name, problem: 'it ignores ranges' });
}
