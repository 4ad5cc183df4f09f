import { DOWNLOAD_ERRORS, dispositionFileName, failure, mirrorName, type RangeResponse } from '@loopstick/core';

import { parseContentRange, type ContentRange } from './content-range.ts';
import { readDigests } from './digest-header.ts';
import type { Answer } from './exchange.ts';
import { header, wholeNumber } from './header.ts';
import { readValidators } from './validators.ts';

/** What was asked for: `[start, end)`, to the end of the file when there is no end. */
export interface Asked {
  /** The address that the user or the catalog named, for errors. */
  readonly url: string;
  readonly start: number;
  readonly end?: number | undefined;
}

const LONGEST_DISPOSITION = 2000;

/**
 * What a 200 or a 206 says about its body. A server that says anything doubtful about a range is refused: bytes at the
 * wrong place would be found only by the checksum, at the very end.
 * @param address the one that answered
 * @throws LoopstickError DOWNLOAD_BAD_RANGE
 */
export function readAnswer(asked: Asked, address: string, { status, headers, body, connectMs }: Answer): RangeResponse {
  const refuse = (problem: string): never => {
    throw badRange(asked, problem);
  };
  const coding = header(headers, 'content-encoding');
  if (coding !== undefined && coding !== 'identity') return refuse(`the body is coded as ${coding}`);

  const length = wholeNumber(header(headers, 'content-length'));
  const mediaType = mediaTypeOf(header(headers, 'content-type'));
  const disposition = header(headers, 'content-disposition')?.slice(0, LONGEST_DISPOSITION);
  const rest = {
    validators: readValidators(headers),
    address,
    mediaType,
    fileName: disposition === undefined ? undefined : dispositionFileName(disposition),
    digests: readDigests(headers),
    body,
    connectMs,
  };
  // RFC 9110, 14.2: a server may ignore Range and send the whole.
  if (status === 200) return { start: 0, end: length, total: length, ...rest };

  if (mediaType?.startsWith('multipart/') === true) return refuse('the answer is in several parts');
  const text = header(headers, 'content-range');
  const range = text === undefined ? withoutRange(asked, length) : parseContentRange(text);
  if (range === undefined) return refuse(`Content-Range is ${text ?? 'missing'}`);
  if (range.start !== asked.start) return refuse(`it starts at byte ${range.start} and not at ${asked.start}`);
  if (asked.end !== undefined && range.end > asked.end) {
    return refuse(`it ends at byte ${range.end} and not at ${asked.end}`);
  }
  if (length !== undefined && length !== range.end - range.start) return refuse('its two lengths differ');
  body.expect(range.end - range.start, () => badRange(asked, 'it is longer than announced'));
  return { ...range, ...rest };
}

/** The only case in which the bytes cannot be others than those that were asked for. */
function withoutRange({ start, end }: Asked, length: number | undefined): ContentRange | undefined {
  if (start !== 0 || end === undefined || length !== end) return undefined;
  return { start, end, total: undefined };
}

function badRange({ url }: Asked, problem: string): Error {
  return failure(DOWNLOAD_ERRORS.badRange, { mirror: mirrorName(url), problem });
}

function mediaTypeOf(header: string | undefined): string | undefined {
  const type = header?.split(';', 1)[0]?.trim().toLowerCase();
  return type !== undefined && /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(type) ? type : undefined;
}
