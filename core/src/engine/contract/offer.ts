/** Offers: what a transport gives to others. */
import type { RateLimiter } from '../../download/transfer/rate-limit.ts';

/** A file of the user's own that others are to have. */
export interface OfferRequest {
  /** Its path. It stays as it is while it is offered. */
  readonly file: string;
  /** What it is called; that of the path when missing. */
  readonly name?: string | undefined;
  /** The address, of a scheme of this transport, under which others know it; the transport makes one when missing. */
  readonly address?: string | undefined;
  /** Of the machine, to be reached at; all that it has when missing. */
  readonly host?: string | undefined;
  /** The transport's choice when missing. */
  readonly port?: number | undefined;
  /** Bounds what is given; as fast as it goes when missing. */
  readonly limiter?: RateLimiter | undefined;
  /** As in RangeRequest. */
  readonly mayFollow?: ((address: string) => boolean) | undefined;
  /** How much of the file was looked through before it can be offered, in bytes. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Ends the preparation; the offer itself is ended by `close`. */
  readonly signal: AbortSignal;
}

/** A file that others can have now. */
export interface Offer {
  /** Of a scheme of the transport: with it, others can download the file. */
  readonly address: string;
  /** A file that describes it to other programs, where there is such a thing. */
  readonly description?: Uint8Array | undefined;
  /** Bytes that were given so far. */
  readonly given: number;
  /** Connected at present. */
  readonly takers: number;
  close(): Promise<void>;
}
