import { failure, isLoopstickError, messageOf, type LoopstickError } from '../engine/errors.ts';
import type { RangeResponse } from '../engine/hooks.ts';
import { mirrorName } from '../mirror/mirror-name.ts';
import { DOWNLOAD_ERRORS } from './download-errors.ts';
import type { Transfer } from './transfer.ts';
import { Watchdog } from './watchdog.ts';

/**
 * Appends to the part what one mirror sends. Undefined when the file is complete (not yet verified); otherwise why
 * this mirror was given up, with everything it rightly sent still there.
 *
 * What the disk or the user does is no mirror's fault and is thrown: the system's own errors, DOWNLOAD_SPACE, the
 * signal's reason.
 */
export async function fetchFrom(transfer: Transfer, url: string): Promise<LoopstickError | undefined> {
  const watchdog = new Watchdog(transfer.signal);
  try {
    const response = await blame(transfer, url, () => open(transfer, url, watchdog));
    if (isLoopstickError(response)) return response;
    return (await accept(transfer, url, response)) ?? (await copy(transfer, url, response, watchdog));
  } finally {
    watchdog.end();
  }
}

async function open(transfer: Transfer, url: string, watchdog: Watchdog): Promise<RangeResponse> {
  const { engine, part, patience, streamOnly } = transfer;
  const transport = await engine.transport(url);
  const start = streamOnly.has(url) ? 0 : part.size;
  const opening = transport.open({ url, start, signal: watchdog.signal });
  const response = await watchdog.wait(opening, patience.openMs, () => stalled(url, patience.openMs));
  if (response.start !== 0 && (response.start !== start || start >= (response.total ?? Infinity))) {
    const problem = `it starts at byte ${response.start} of ${response.total ?? 'an unknown number'}, not at ${start}`;
    throw failure(DOWNLOAD_ERRORS.badRange, { mirror: mirrorName(url), problem });
  }
  return response;
}

/** Compares the answer with what is known of the file, before any byte of it is used. */
async function accept(transfer: Transfer, url: string, { total }: RangeResponse): Promise<LoopstickError | undefined> {
  if (total === undefined || total === transfer.size) return undefined;
  if (transfer.size !== undefined) return sizeMismatch(url, total, transfer.size);
  await transfer.checkSpace(total);
  transfer.size = total;
  // What an earlier run left is of a larger file.
  if (transfer.part.size > total) await transfer.part.discard();
  return undefined;
}

async function copy(
  transfer: Transfer,
  url: string,
  response: RangeResponse,
  watchdog: Watchdog,
): Promise<LoopstickError | undefined> {
  const { part, patience, meter } = transfer;
  const mark = await part.mark();
  const late = (): LoopstickError => stalled(url, patience.idleMs);
  const chunks = response.body[Symbol.asyncIterator]();
  const isComplete = (): boolean => part.size === transfer.size;
  /** Bytes to come that are there already: the answer began before the end of the part. */
  let skip = part.size - response.start;

  while (!isComplete()) {
    const next = await blame(transfer, url, () => watchdog.wait(chunks.next(), patience.idleMs, late));
    if (isLoopstickError(next)) {
      await part.flush();
      return next;
    }
    if (next.done === true) break;
    const batch = Buffer.concat(next.value);
    const bytes = batch.subarray(Math.min(skip, batch.length));
    skip -= batch.length - bytes.length;
    if (transfer.size !== undefined && part.size + bytes.length > transfer.size) {
      const actual = part.size + bytes.length;
      // The bytes are of some other file.
      await part.rollback(mark);
      return sizeMismatch(url, actual, transfer.size);
    }
    await part.append(bytes, url);
    meter.report(part.size, transfer.size);
  }

  await part.flush();
  const wanted = transfer.size ?? 0;
  if (isComplete() || (transfer.size === undefined && skip === 0)) return undefined;
  return failure(DOWNLOAD_ERRORS.shortBody, { mirror: mirrorName(url), actual: part.size, wanted });
}

/** The result, or what the mirror did wrong as a value. @throws the signal's reason */
async function blame<T>(transfer: Transfer, url: string, work: () => Promise<T>): Promise<T | LoopstickError> {
  try {
    return await work();
  } catch (error) {
    transfer.signal.throwIfAborted();
    if (isLoopstickError(error)) return error;
    const values = { mirror: mirrorName(url), problem: messageOf(error) };
    return failure(DOWNLOAD_ERRORS.connection, values, { cause: error });
  }
}

function stalled(url: string, ms: number): LoopstickError {
  return failure(DOWNLOAD_ERRORS.stalled, { mirror: mirrorName(url), seconds: ms / 1000 });
}

function sizeMismatch(url: string, actual: number, wanted: number): LoopstickError {
  return failure(DOWNLOAD_ERRORS.sizeMismatch, { mirror: mirrorName(url), actual, wanted });
}
