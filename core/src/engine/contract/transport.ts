/** Transports: open byte ranges of addresses of their schemes. */
import type { Digests } from '../../verify/digests.ts';
import type { Offer, OfferRequest } from './offer.ts';

export interface RangeRequest {
  readonly url: string;
  /** First byte wanted. */
  readonly start: number;
  /** First byte not wanted any more; to the end of the file when it is missing. */
  readonly end?: number | undefined;
  /** Send the range only if the file still is this one; otherwise the answer is the whole file (RFC 9110, 13.1.5). */
  readonly ifRange?: string | undefined;
  /** About how many bytes to take from the network before they are read. Bounds memory, and how far a limit lags. */
  readonly buffer?: number | undefined;
  /**
   * The reader is done with a batch when it asks for the next one, so that its memory may be used again: that is much
   * cheaper. Otherwise the batch is the reader's for good.
   */
  readonly reuse?: boolean | undefined;
  /** Whether a redirect may lead to this address: asked before anything is sent there. Otherwise it is DOWNLOAD_REDIRECT. */
  readonly mayFollow?: ((address: string) => boolean) | undefined;
  /** Aborts the request and the body. */
  readonly signal: AbortSignal;
}

/** By what a server tells one state of a file from another. Comparable within one origin only (RFC 9110, 8.8.3). */
export interface Validators {
  /** A strong entity tag with its quotes; weak ones promise too little. */
  readonly etag?: string | undefined;
  /** The Last-Modified header, as it was sent. */
  readonly lastModified?: string | undefined;
  /** Whether that date is strong: at least a minute older than the answer (RFC 9110, 8.8.2.2). */
  readonly dateIsStrong?: boolean | undefined;
}

/** An open answer. The reader must consume `body` to its end, or end the iteration, or abort the signal. */
export interface RangeResponse {
  /** Offset of the body's first byte in the whole file: `start`, or 0 from a server that ignores ranges. */
  readonly start: number;
  /** Offset behind the body's last byte, when the server says: it may be less than was asked for. */
  readonly end: number | undefined;
  /** Size of the whole file in bytes, when the server says. */
  readonly total: number | undefined;
  readonly validators: Validators;
  /** The address that answered, after all redirects. */
  readonly address: string;
  /** The media type without parameters, in lower case. */
  readonly mediaType: string | undefined;
  /** The name from Content-Disposition, as it was sent: not to be trusted. */
  readonly fileName: string | undefined;
  /** What the server says of the whole file (RFC 9530 `Repr-Digest`, RFC 3230 `Digest`): a hint, not an authority. */
  readonly digests: Digests;
  /** Milliseconds until a connection was made for it; missing when one was there already, and when nobody can say. */
  readonly connectMs?: number | undefined;
  /** Batches of chunks: whatever has arrived since the last one, so that the cost is per batch and not per packet. */
  readonly body: AsyncIterable<readonly Uint8Array[]>;
}

/** What a transport puts into the `cause` of an error about an answer. */
export interface AnswerFacts {
  readonly status: number;
  /** From Retry-After, in milliseconds from now. */
  readonly retryAfterMs?: number | undefined;
  /** Size of the whole file according to a 416. */
  readonly total?: number | undefined;
}

/** Opens byte ranges of URLs of its schemes. Retry, resume and verification are core's business, not a transport's. */
export interface Transport {
  readonly name: string;
  /** Without the colon: `https`. */
  readonly schemes: readonly string[];
  /** Loads what the first request would load, where somebody wants to know how long a request takes. */
  prepare?(): Promise<void>;
  /** @throws LoopstickError DOWNLOAD_HTTP_STATUS, DOWNLOAD_CONNECTION and others of download/download-errors.ts */
  open(request: RangeRequest): Promise<RangeResponse>;
  /** Gives a file to others, where the protocol can. @throws LoopstickError of the plugin; the system's own errors */
  offer?(request: OfferRequest): Promise<Offer>;
}
