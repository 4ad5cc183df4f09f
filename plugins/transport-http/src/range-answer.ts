import { DOWNLOAD_ERRORS, failure, mirrorName, type RangeResponse } from '@loopstick/core';
import type { Dispatcher } from 'undici';

import { connectionError } from './connection-error.ts';
import { parseContentLength, parseContentRange } from './content-range.ts';

type Headers = Dispatcher.ResponseData['headers'];

/**
 * What a 200 or a 206 says about its body. A server that says anything doubtful about a range is refused: bytes at the
 * wrong place would be found only by the checksum, at the very end.
 * @throws LoopstickError DOWNLOAD_BAD_RANGE
 */
export function readAnswer(
  url: string,
  start: number,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  signal: AbortSignal,
): RangeResponse {
  const refuse = (problem: string): never => {
    throw failure(DOWNLOAD_ERRORS.badRange, { mirror: mirrorName(url), problem });
  };
  const coding = text(headers, 'content-encoding');
  if (coding !== undefined && coding !== 'identity') return refuse(`the body is coded as ${coding}`);

  const length = parseContentLength(text(headers, 'content-length'));
  const rest = { etag: strongTag(text(headers, 'etag')), body: read(url, body, signal) };
  // RFC 9110, 14.2: a server may ignore Range and send the whole.
  if (statusCode === 200) return { start: 0, total: length, ...rest };

  if (text(headers, 'content-type')?.startsWith('multipart/') === true) return refuse('the answer is in several parts');
  const header = text(headers, 'content-range');
  const range = header === undefined ? undefined : parseContentRange(header);
  if (range === undefined) return refuse(`Content-Range is ${header ?? 'missing'}`);
  if (range.start !== start) return refuse(`it starts at byte ${range.start} and not at ${start}`);
  if (length !== undefined && length !== range.end - range.start) return refuse('its two lengths differ');
  return { start, total: range.total, ...rest };
}

async function* read(url: string, body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    signal.throwIfAborted();
    throw connectionError(url, error);
  }
}

/** A weak tag does not promise the same bytes (RFC 9110, 8.8.1). */
function strongTag(tag: string | undefined): string | undefined {
  return tag !== undefined && /^"[^"]{1,200}"$/.test(tag) ? tag : undefined;
}

/** A header that was sent exactly once; a repeated one proves nothing. */
function text(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : value?.join(', ');
}
