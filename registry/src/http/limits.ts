/** How long a document may take and how much may be asked for it. */
export interface FetchLimits {
  /** Milliseconds until a connection stands: for the name, the connection and TLS each. */
  readonly connectMs: number;
  /** Until the head of an answer is there. */
  readonly answerMs: number;
  /** For all of it, with every try and redirect. */
  readonly wholeMs: number;
  /** Fewer bytes a second than this, over `rateMs`, are too few. */
  readonly bytesPerSecond: number;
  readonly rateMs: number;
  /** Tries after the first one, of what may pass. */
  readonly retries: number;
  /** The longest wait that a server can ask for before the next try; who asks for more is not asked again. */
  readonly retryAfterMs: number;
}

/** A document has a few megabytes at most; whoever cannot send that in a minute has it on no honest server. */
export const FETCH_LIMITS: FetchLimits = {
  connectMs: 10_000,
  answerMs: 20_000,
  wholeMs: 60_000,
  bytesPerSecond: 1024,
  rateMs: 10_000,
  retries: 2,
  retryAfterMs: 10_000,
};
