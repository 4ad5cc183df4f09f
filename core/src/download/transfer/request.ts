import { ENGINE_ERRORS } from '../../engine/engine-errors.ts';
import { failure, isLoopstickError, messageOf, type LoopstickError } from '../../engine/errors.ts';
import type { RangeResponse } from '../../engine/hooks.ts';
import { mayFollow } from '../../mirror/may-follow.ts';
import { DOWNLOAD_ERRORS } from '../download-errors.ts';
import type { Ask } from './identity.ts';
import type { Origin } from './origin.ts';
import type { TransferState } from './state.ts';
import { Watchdog } from './watchdog.ts';

/** A request that was answered. */
export interface OpenRequest {
  readonly response: RangeResponse;
  /** The next batch, which has to be used before the one after it; undefined at the end. @throws LoopstickError of the mirror; the signal's reason */
  next(): Promise<readonly Uint8Array[] | undefined>;
  /** Lets go of the connection; when everything was read, it may be used again. */
  end(): Promise<void>;
}

/**
 * Opens a range and watches over it: neither the answer nor the bytes may take longer than the job's patience.
 * @param signal ends this request only
 * @throws LoopstickError of the mirror: what the transport throws, DOWNLOAD_STALLED, DOWNLOAD_CONNECTION for the rest;
 *   the signal's reason
 */
export async function openRange(
  state: Pick<TransferState, 'engine' | 'patience' | 'bufferSize'>,
  origin: Origin,
  { start, end, ifRange }: Ask,
  signal: AbortSignal,
): Promise<OpenRequest> {
  const { engine, patience } = state;
  const watchdog = new Watchdog(signal);
  const guarded = async <T>(work: () => Promise<T>, ms: number): Promise<T> => {
    try {
      return await watchdog.wait(work(), ms, () => stalled(origin, ms));
    } catch (error) {
      signal.throwIfAborted();
      throw isLoopstickError(error) ? error : connectionFailed(origin, error);
    }
  };
  try {
    const transport = await engine.transport(origin.address);
    const reading = { buffer: state.bufferSize(), reuse: true, signal: watchdog.signal };
    const request = { url: origin.address, start, end, ifRange, mayFollow: mayFollow(engine), ...reading };
    const askedAt = engine.context.clock();
    const response = sound(await guarded(() => transport.open(request), patience.openMs), transport.name);
    origin.answerMs = engine.context.clock() - askedAt;
    const batches = response.body[Symbol.asyncIterator]();
    let isOver = false;
    return {
      response,
      async next() {
        const step: IteratorResult<readonly Uint8Array[], unknown> = await guarded(
          () => batches.next(),
          patience.idleMs,
        );
        isOver = step.done === true;
        return step.done === true ? undefined : step.value;
      },
      async end() {
        if (!isOver) watchdog.end();
        watchdog.release();
        await Promise.resolve();
      },
    };
  } catch (error) {
    watchdog.end();
    throw error;
  }
}

/** What a plugin returns may be anything. @throws LoopstickError PLUGIN_BAD_OUTPUT */
function sound(answer: Partial<RangeResponse>, transport: string): RangeResponse {
  const {
    start,
    end,
    total,
    validators = {},
    address = '',
    mediaType,
    fileName,
    digests = {},
    body,
    connectMs,
  } = answer;
  const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
  const problem = !isOffset(start)
    ? 'an answer that starts nowhere'
    : [end, total].some((value) => value !== undefined && !isOffset(value))
      ? 'an answer whose lengths are no numbers'
      : 'an answer without a body';
  if (
    start === undefined ||
    body === undefined ||
    !(Symbol.asyncIterator in body) ||
    problem !== 'an answer without a body'
  ) {
    throw failure(ENGINE_ERRORS.badOutput, { plugin: transport, hook: `transports/${transport}`, problem });
  }
  return { start, end, total, validators, address, mediaType, fileName, digests, body, connectMs };
}

function stalled(origin: Origin, ms: number): LoopstickError {
  return failure(DOWNLOAD_ERRORS.stalled, { mirror: origin.name, seconds: ms / 1000 });
}

function connectionFailed(origin: Origin, error: unknown): LoopstickError {
  return failure(DOWNLOAD_ERRORS.connection, { mirror: origin.name, problem: messageOf(error) }, { cause: error });
}
