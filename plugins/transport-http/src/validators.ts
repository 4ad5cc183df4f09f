import type { IncomingHttpHeaders } from 'node:http';

import type { Validators } from '@loopstick/core';

import { header } from './header.ts';
import { parseHttpDate } from './http-date.ts';

/** A date may stand for two states of a file that was written twice within its second, and clocks differ. */
const STRONG_AFTER_MS = 60_000;

/** What an answer says about the state of its file. All of it may be sent back in a request. */
export function readValidators(headers: IncomingHttpHeaders): Validators {
  const lastModified = header(headers, 'last-modified');
  const modified = parseHttpDate(lastModified);
  const date = parseHttpDate(header(headers, 'date'));
  return {
    etag: strongTag(header(headers, 'etag')),
    lastModified: modified === undefined ? undefined : lastModified,
    dateIsStrong: modified !== undefined && date !== undefined && date - modified >= STRONG_AFTER_MS,
  };
}

/** A weak tag does not promise the same bytes (RFC 9110, 8.8.1). */
function strongTag(tag: string | undefined): string | undefined {
  return tag !== undefined && /^"[\x20\x21\x23-\x7e]{1,200}"$/.test(tag) ? tag : undefined;
}
