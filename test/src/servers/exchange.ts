import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** One request, in the order of arrival; `sent` grows while the body goes out. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** The Range header as it came. */
  readonly range: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Monotonic milliseconds at its arrival. */
  readonly at: number;
  /** Numbers the connections of the server, from 1. */
  readonly connection: number;
  status: number;
  /** Bytes of the body that were written to the connection. */
  sent: number;
}

/** A request that is being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly entry: LoggedRequest;
  /** Counts the requests of this server, from 0. */
  readonly index: number;
  /** Counts the requests on this connection, from 0. */
  readonly onConnection: number;
  /** Requests that are being answered, this one among them. */
  readonly active: number;
  /** Bytes of bodies that the server sent before this request came. */
  readonly sentBefore: number;
  readonly stop: AbortSignal;
}

/** A file and what the server says of it. */
export interface Source {
  readonly file: string;
  /** In bytes. May differ from the file's; zeros stand for what is beyond its end. */
  readonly size: number;
  /** With its quotes. */
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** The headers that decide which bytes are sent. */
export interface Asked {
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

export interface AnswerPlan {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: Body;
  /** The head goes out in pieces, each in a packet of its own. */
  readonly isSplit?: boolean;
}

/** Bytes `[start, end)` of a file, and how they go out. Counts are of bytes since the start of the body. */
export interface Body {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  /** Goes out instead of the bytes of the file. */
  readonly bytes?: Buffer;
  /** The byte at this offset of the file is inverted. */
  readonly inverted?: number;
  /** Where the body ends before its time, and how. */
  readonly cut?: { readonly after: number; readonly how: 'end' | 'close' | 'reset' | 'stall' };
  /** From here on it goes at this rate, in bytes a second. */
  readonly slow?: { readonly after: number; readonly rate: number };
  /** The connection is closed behind the body, whatever was announced. */
  readonly closes?: boolean;
}

/** What a fault changes. Each step is given what a correct server, or the fault before it, would do. */
export interface Behaviour {
  /** Answers in its own way. True when nothing else is to be done. */
  takeOver?(exchange: Exchange): Promise<boolean> | boolean;
  /** Another file than the one that was asked for. */
  file?(path: string, exchange: Exchange): string;
  source?(source: Source, exchange: Exchange): Source;
  ask?(asked: Asked, exchange: Exchange): Asked;
  plan?(plan: AnswerPlan, source: Source, exchange: Exchange): Promise<AnswerPlan> | AnswerPlan;
}

/** The makers of behaviours, by the kind of fault. `Kinds` maps each kind to its options. */
export type FaultTable<Kinds> = { readonly [Kind in keyof Kinds]: (options: Kinds[Kind]) => Behaviour };

/** For kinds that have no options. */
export type NoOptions = object;
