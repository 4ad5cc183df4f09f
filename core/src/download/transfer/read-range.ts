import { lengthOf, upTo } from '../part/part-file.ts';
import { badRange, differentFile, judge } from './identity.ts';
import type { Origin } from './origin.ts';
import { openRange } from './request.ts';
import type { TransferState } from './state.ts';

/** A range of a file, in bytes: `[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a range of what an origin has now, whatever is known of it.
 * @param use gets the batches in their order, each to be used before it returns
 * @returns how many bytes of it came: an answer may be shorter than what was asked for
 * @throws LoopstickError DOWNLOAD_DIFFERENT_FILE, DOWNLOAD_BAD_RANGE; what `judge` and the transport throw; the
 *   signal's reason
 */
export async function readRange(
  state: TransferState,
  origin: Origin,
  { start, end }: Range,
  use: (batch: readonly Uint8Array[], at: number) => Promise<void> | void,
  signal: AbortSignal,
): Promise<number> {
  const ask = { start, end, ifRange: undefined };
  const request = await openRange(state, origin, ask, signal);
  try {
    const { response } = request;
    const { streamOnly } = origin;
    // A web page or another size says nothing about the bytes that are here.
    judge(origin, state.job, state.map.size, ask, response);
    if (response.start !== start && response.start !== 0) throw differentFile(origin, 'it sends other ranges');
    // A server without ranges would have to send everything before: too dear for a piece.
    if (response.start !== start) {
      // What becomes of such an origin is decided where its error is judged.
      origin.streamOnly = streamOnly;
      throw badRange(origin, 'it ignores ranges');
    }
    let at = start;
    while (at < end) {
      const batch = await request.next();
      if (batch === undefined) break;
      const wanted = upTo(batch, end - at);
      await use(wanted, at);
      at += lengthOf(wanted);
    }
    return at - start;
  } finally {
    await request.end();
  }
}
