import type { OutgoingHttpHeaders } from 'node:http';

import type { Behaviour, Exchange, FaultTable, NoOptions } from '../exchange.ts';

/** Answers that are not the file. */
export interface StatusFaults {
  readonly status: { readonly status: number; readonly retryAfter?: RetryAfter | undefined };
  /** Answers with this status once it has sent so many bytes. */
  readonly gone: { readonly status: number; readonly afterBytes: number };
  /** Answers with this status while more than so many requests are being answered. */
  readonly 'busy-above': { readonly most: number; readonly status: number };
  /** Redirects to itself for ever. */
  readonly 'redirect-loop': NoOptions;
  /** Redirects to this address. */
  readonly redirect: { readonly to: string };
  /** Redirects to these addresses, to each in turn. */
  readonly 'redirect-in-turn': { readonly to: readonly string[] };
  /** Redirects to addresses of its own that are good for so many requests and then answer with 403. */
  readonly 'signed-addresses': { readonly uses: number };
  /** Answers with a page to log in to some network, and with status 200. Its type is HTML's unless said otherwise. */
  readonly 'web-page': { readonly type?: string | undefined };
}

/** Seconds, a date so many milliseconds from now, or the header as it is sent. */
export type RetryAfter = number | string | { readonly dateInMs: number };

const LOGIN_PAGE =
  '<!DOCTYPE html>\n<html><head><title>Log in</title></head><body>Welcome to our hotel. Please log in.</body></html>\n';

export const STATUS_FAULTS: FaultTable<StatusFaults> = {
  status: ({ status, retryAfter }) => ({ takeOver: (exchange) => answer(exchange, status, waiting(retryAfter)) }),
  gone: ({ status, afterBytes }) => ({
    takeOver: (exchange) => exchange.sentBefore >= afterBytes && answer(exchange, status, {}),
  }),
  'busy-above': ({ most, status }) => ({
    takeOver: (exchange) => exchange.active > most && answer(exchange, status, {}),
  }),
  'redirect-loop': () => ({ takeOver: (exchange) => answer(exchange, 302, { location: exchange.entry.path }) }),
  redirect: ({ to }) => ({ takeOver: (exchange) => answer(exchange, 302, { location: to }) }),
  'redirect-in-turn': ({ to }) => ({
    takeOver: (exchange) => answer(exchange, 302, { location: to[exchange.index % to.length] }),
  }),
  'signed-addresses': ({ uses }) => signed(uses),
  'web-page': ({ type = 'text/html; charset=utf-8' }) => ({
    takeOver: (exchange) => answer(exchange, 200, { 'content-type': type }, LOGIN_PAGE),
  }),
};

function answer({ entry, request, response }: Exchange, status: number, headers: OutgoingHttpHeaders, text = ''): true {
  entry.status = status;
  if (request.method !== 'HEAD') entry.sent += text.length;
  response.writeHead(status, { ...headers, 'content-length': text.length }).end(text);
  return true;
}

function waiting(retryAfter: RetryAfter | undefined): OutgoingHttpHeaders {
  if (retryAfter === undefined) return {};
  const isDate = typeof retryAfter === 'object';
  const value = isDate ? new Date(Date.now() + retryAfter.dateInMs).toUTCString() : String(retryAfter);
  return { 'retry-after': value };
}

function signed(uses: number): Behaviour {
  const used = new Map<string, number>();
  return {
    takeOver(exchange) {
      const { path } = exchange.entry;
      const token = /[?&]token=(\d+)/.exec(path)?.[1];
      if (token === undefined) return answer(exchange, 302, { location: `${path}?token=${exchange.index}` });
      const count = (used.get(token) ?? 0) + 1;
      used.set(token, count);
      return count > uses && answer(exchange, 403, {});
    },
  };
}
