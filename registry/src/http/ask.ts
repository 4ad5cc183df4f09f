import {
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import { request as httpsRequest } from 'node:https';

import { isLoopstickError } from '@loopstick/core';
import got, { type OptionsInit, type RequestFunction } from 'got';

import type { FileCache } from './file-cache.ts';
import type { FetchLimits } from './limits.ts';
import { fetchError } from './problems.ts';
import type { Agents } from './proxies.ts';
import { Watch } from './watch.ts';

// What passes: RFC 9110 (408, 425, 429, 500 to 504) and what Cloudflare's edges say of their origins (520 to 524).
const PASSING_STATUSES = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524];

export interface Question {
  readonly url: URL;
  /** As errors call it. */
  readonly named: string;
  readonly maxBytes: number;
  readonly accept: string | undefined;
  readonly userAgent: string;
  readonly agents: Agents;
  readonly cache: FileCache;
  readonly limits: FetchLimits;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly body: Uint8Array;
  /** The server said that the copy in the cache is current. */
  readonly confirmed: boolean;
}

/**
 * Asks one address, conditionally when a copy is kept. Redirects are an answer like any other.
 *
 * @throws LoopstickError DOCUMENT_UNREACHABLE, DOCUMENT_HTTP_STATUS, DOCUMENT_TOO_LARGE, DOCUMENT_TOO_SLOW; the signal's
 *   reason
 */
export async function ask({ url, named, maxBytes, agents, limits, signal, ...rest }: Question): Promise<Answer> {
  const ended = new AbortController();
  const watch = new Watch(named, maxBytes, limits, (error) => {
    ended.abort(error);
  });
  try {
    const asking = got(url, {
      responseType: 'buffer',
      followRedirect: false,
      // Typed as one that emits events, which got's cache does not need.
      cache: rest.cache as unknown as NonNullable<OptionsInit['cache']>,
      cacheOptions: { shared: false },
      agent: { ...agents },
      headers: {
        'user-agent': rest.userAgent,
        // To got's cache it says that no copy is good enough unasked; `request` makes of it what is meant for servers.
        'cache-control': 'no-cache',
        ...(rest.accept === undefined ? {} : { accept: rest.accept }),
      },
      request: politely,
      timeout: {
        lookup: limits.connectMs,
        connect: limits.connectMs,
        secureConnect: limits.connectMs,
        response: limits.answerMs,
      },
      retry: { limit: limits.retries, statusCodes: PASSING_STATUSES, maxRetryAfter: limits.retryAfterMs },
      signal: AbortSignal.any([signal, ended.signal]),
    });
    void asking.on('request', (request) => {
      watch.begins(request);
    });
    void asking.on('downloadProgress', (progress) => {
      watch.progress(progress);
    });
    const { statusCode, headers, body, isFromCache } = await asking;
    return { status: statusCode, location: headers.location, body, confirmed: isFromCache };
  } catch (error) {
    signal.throwIfAborted();
    if (isLoopstickError(ended.signal.reason)) throw ended.signal.reason;
    throw fetchError(named, error, limits);
  } finally {
    watch.end();
  }
}

/**
 * Caches between us and the server have to ask it as well, and may answer with "not modified" (RFC 9111, 5.2.1.1). With
 * `no-cache` some servers send everything again.
 */
const politely = ((options: RequestOptions, callback?: (response: IncomingMessage) => void): ClientRequest => {
  const send = options.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { ...(options.headers as OutgoingHttpHeaders), 'cache-control': 'max-age=0' };
  return send({ ...options, headers }, (response) => {
    onlyWhenAsked(response);
    callback?.(response);
  });
  // Got's cache leaves the address out, which is in the options as well; the type knows only of got without a cache.
}) as unknown as RequestFunction;

/**
 * As long as a copy is fresh, by its dates or `stale-if-error` (RFC 5861), got's cache gives it in place of a server's
 * error, and tells nobody. A copy that is kept as `no-cache` is never fresh: only a 304 makes it count.
 */
function onlyWhenAsked({ headers }: IncomingMessage): void {
  if (!/\bno-store\b/i.test(headers['cache-control'] ?? '')) headers['cache-control'] = 'no-cache';
}
