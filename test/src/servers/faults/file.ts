import { dirname, join } from 'node:path';

import type { Exchange, FaultTable, NoOptions, Source } from '../exchange.ts';

/** What goes wrong with the file, and with what the server says to recognise it by. */
export interface FileFaults {
  /** Serves a file of another size: longer or, when negative, shorter. */
  readonly 'wrong-total': { readonly by: number };
  /** Serves another file of the folder from some point on. */
  readonly swap: After & { readonly to: string };
  /** Says another ETag and date from some point on, though the file stays the same. */
  readonly 'new-validators': After;
  /** Says a different ETag for every request, as farms of servers do. */
  readonly 'etag-each-request': NoOptions;
  /** Says a weak ETag and no date. */
  readonly 'weak-etag': NoOptions;
  /** Says a date only. */
  readonly 'date-only': NoOptions;
  /** Says neither an ETag nor a date. */
  readonly 'no-validators': NoOptions;
  /** Sends the whole file whenever there is an If-Range with an ETag, also with the right one. */
  readonly 'if-range-tag-unknown': NoOptions;
  /** Sends the range whatever If-Range says. */
  readonly 'if-range-ignored': NoOptions;
  /** Proposes this name. It is sent as it is, but for what HTTP cannot carry. */
  readonly disposition: { readonly value: string };
}

/** A point in the life of a server: so many requests, or so many bytes of bodies. */
interface After {
  readonly afterRequests?: number | undefined;
  readonly afterBytes?: number | undefined;
}

export const FILE_FAULTS: FaultTable<FileFaults> = {
  'wrong-total': ({ by }) => ({ source: (source) => ({ ...source, size: source.size + by }) }),
  swap: ({ to, ...point }) => ({
    file: (path, exchange) => (isPast(point, exchange) ? join(dirname(path), to) : path),
  }),
  'new-validators': (point) => ({
    source: (source, exchange) =>
      isPast(point, exchange)
        ? { ...source, etag: '"changed"', lastModified: 'Sat, 01 Jan 2022 00:00:00 GMT' }
        : source,
  }),
  'etag-each-request': () => ({
    source: (source, { index }) => ({ ...source, etag: `"node-${index}"`, lastModified: undefined }),
  }),
  'weak-etag': () => saying(({ etag }) => ({ etag: etag && `W/${etag}`, lastModified: undefined })),
  'date-only': () => saying(({ lastModified }) => ({ etag: undefined, lastModified })),
  'no-validators': () => saying(() => ({ etag: undefined, lastModified: undefined })),
  'if-range-tag-unknown': () => ({
    ask: (asked) => (asked.ifRange?.includes('"') === true ? { range: undefined, ifRange: undefined } : asked),
  }),
  'if-range-ignored': () => ({ ask: ({ range }) => ({ range, ifRange: undefined }) }),
  disposition: ({ value }) => ({
    plan: (plan) => ({ ...plan, headers: { ...plan.headers, 'content-disposition': value } }),
  }),
};

function saying(validators: (source: Source) => Pick<Source, 'etag' | 'lastModified'>): {
  source(source: Source): Source;
} {
  return { source: (source) => ({ ...source, ...validators(source) }) };
}

function isPast({ afterRequests = Infinity, afterBytes = Infinity }: After, exchange: Exchange): boolean {
  return exchange.index >= afterRequests || exchange.sentBefore >= afterBytes;
}
