/**
 * How the engine gets small documents over the web: catalogs, checksum lists, signatures, lists of releases. Core has no
 * HTTP client of its own; the program that makes an engine gives it one (Context.fetchDocument).
 */
import { DOCUMENT_ERRORS } from './document-errors.ts';
import { failure } from './errors.ts';

/** Larger than any list that a vendor is known to publish. */
export const DOCUMENT_LIMIT: number = 8 * 1024 * 1024;

export interface DocumentRequest {
  /** http or https. */
  readonly url: string;
  /** Of the body as it is after decompression. What is longer is refused, as soon as that is known. */
  readonly maxBytes: number;
  /** For the `Accept` header. */
  readonly accept?: string | undefined;
  readonly signal: AbortSignal;
}

export interface FetchedDocument {
  readonly body: Uint8Array;
  /** The address that answered, after all redirects. */
  readonly url: string;
  /** Each address on the way was https, or of this machine. */
  readonly secure: boolean;
  /** When the server said that these bytes are the current ones. */
  readonly retrievedAt: Date;
  /** The server confirmed the copy that was kept (304), and the body was not sent again. */
  readonly confirmed: boolean;
}

/**
 * Asks the server each time, conditionally when a copy is kept (RFC 9110, 13.1), so that the answer is never older than
 * the call. Tries again what may pass.
 *
 * @throws LoopstickError with a code of DOCUMENT_ERRORS; that of a status has AnswerFacts as its cause; the signal's reason
 */
export type DocumentFetcher = (request: DocumentRequest) => Promise<FetchedDocument>;

/** Stands where a program has given no fetcher. */
export const noFetcher: DocumentFetcher = async ({ url }) =>
  Promise.reject(failure(DOCUMENT_ERRORS.noFetcher, { url }));
