import {
  DOWNLOAD_ERRORS,
  failure,
  mirrorName,
  type AnswerFacts,
  type LoopstickError,
  type RangeRequest,
  type RangeResponse,
} from '@loopstick/core';

import { connectionError } from './connection-error.ts';
import { Connections } from './connections.ts';
import { parseUnsatisfiedRange } from './content-range.ts';
import { exchange, type Answer } from './exchange.ts';
import { header } from './header.ts';
import { readAnswer } from './range-answer.ts';
import { isRedirect, nextAddress } from './redirect.ts';
import { parseRetryAfter } from './retry-after.ts';
import { USER_AGENT } from './user-agent.ts';

/** Bytes that a body holds when the request does not say: more only took more memory, and no less time. */
export const DEFAULT_BUFFER: number = 512 * 1024;

/**
 * A function that opens byte ranges over connections of its own.
 * @param now milliseconds since 1970
 * @param clock monotonic milliseconds
 */
export function createOpener(
  now: () => number = Date.now,
  clock: () => number = () => performance.now(),
): (request: RangeRequest) => Promise<RangeResponse> {
  const connections = new Connections();

  return async (request) => {
    const { url, buffer = DEFAULT_BUFFER, reuse, mayFollow, signal } = request;
    const explain = (error: unknown): LoopstickError => connectionError(url, error);
    let at = new URL(url);
    const { origin } = at;
    const authorization = basicCredentials(at);
    for (let followed = 0; ; followed++) {
      // Credentials are for the server they were given for, not for where it redirects to.
      const own = authorization !== undefined && at.origin === origin ? { authorization } : {};
      const headers = { ...rangeHeaders(request), ...own };
      const sent = { origin: at.origin, path: `${at.pathname}${at.search}`, method: 'GET', headers } as const;
      const how = { buffer, reuse, signal, clock, explain };
      const answer = await exchange(connections, sent, how).catch((error: unknown) => {
        signal.throwIfAborted();
        throw explain(error);
      });
      try {
        if (isRedirect(answer.status)) {
          at = nextAddress(url, at, header(answer.headers, 'location'), followed, mayFollow);
        } else return readAnswer(request, addressOf(at), checkStatus(request, answer, now));
      } catch (error) {
        await answer.body.return();
        throw error;
      }
      await answer.body.return();
    }
  };
}

function rangeHeaders({ start, end, ifRange }: RangeRequest): Record<string, string> {
  const headers = { 'user-agent': USER_AGENT, accept: '*/*', 'accept-encoding': 'identity' };
  if (start === 0 && end === undefined) return headers;
  const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
  return { ...headers, range, ...(ifRange === undefined ? {} : { 'if-range': ifRange }) };
}

/** @throws LoopstickError DOWNLOAD_RANGE_UNSATISFIABLE, DOWNLOAD_HTTP_STATUS, with AnswerFacts as their cause */
function checkStatus({ url, start }: RangeRequest, answer: Answer, now: () => number): Answer {
  const { status, headers } = answer;
  if (status === 200 || status === 206) return answer;
  const mirror = mirrorName(url);
  const retryAfterMs = parseRetryAfter(header(headers, 'retry-after'), header(headers, 'date'), now());
  if (status === 416) {
    const total = parseUnsatisfiedRange(header(headers, 'content-range') ?? '');
    const cause: AnswerFacts = { status, retryAfterMs, total };
    throw failure(DOWNLOAD_ERRORS.rangeUnsatisfiable, { mirror, start }, { cause });
  }
  const cause: AnswerFacts = { status, retryAfterMs };
  throw failure(DOWNLOAD_ERRORS.httpStatus, { mirror, status }, { cause });
}

function basicCredentials({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decode(username)}:${decode(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not every % begins an escape.
    return text;
  }
}

function addressOf(url: URL): string {
  const plain = new URL(url);
  plain.username = '';
  plain.password = '';
  plain.hash = '';
  return plain.href;
}
