/** The messages between the engine and a plugin's process. The engine checks each that it gets: host/incoming.ts. */

/** Kinds of parts, by the registrar's methods. */
export const PART_KINDS = [
  'catalogSource',
  'mirrorList',
  'mirrorStrategy',
  'transport',
  'bootloader',
  'recipe',
  'lifecycle',
] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** What the engine calls. */
export type Method =
  'register' | 'lists' | 'read' | 'rank' | 'prepare' | 'open' | 'next' | 'close' | 'plan' | 'recognise' | 'notice';

/** How a plugin's process is told what it is. */
export interface RegisterRequest {
  /** Address of the entry. */
  readonly entry: string;
  readonly id: string;
  /** Those that were granted, to which its sockets are held. */
  readonly hosts: readonly string[];
  /** What the user has set for it. */
  readonly options: Readonly<Record<string, readonly string[]>>;
}

export type ToPlugin =
  | {
      readonly type: 'call';
      readonly id: number;
      readonly part: string;
      readonly method: Method;
      readonly value: unknown;
    }
  | { readonly type: 'abort'; readonly id: number; readonly reason: SentError }
  | { readonly type: 'answer'; readonly ask: number; readonly value?: unknown; readonly error?: SentError }
  | { readonly type: 'ping'; readonly id: number };

export type FromPlugin =
  | { readonly type: 'done'; readonly id: number; readonly value?: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly error: SentError }
  /** A call back, during the call `id`. */
  | {
      readonly type: 'ask';
      readonly ask: number;
      readonly id: number;
      readonly method: string;
      readonly value?: unknown;
    }
  | { readonly type: 'pong'; readonly id: number };

/** An error as it crosses. */
export interface SentError {
  readonly message: string;
  readonly code?: string | undefined;
  readonly category?: string | undefined;
  readonly hint?: string | undefined;
  /** Facts about an answer, in its cause. */
  readonly facts?: unknown;
  /** The number of the ask that it is the answer to: the engine knows the error itself. */
  readonly relayed?: number | undefined;
  /** Of Node: which permission is missing, and for what. */
  readonly permission?: string | undefined;
  readonly resource?: string | undefined;
}

/** What a plugin has added, without its functions. */
export interface SentPart {
  readonly kind: PartKind;
  readonly name: string;
  readonly description?: string | undefined;
  readonly layer?: string | undefined;
  readonly distributions?: readonly string[] | undefined;
  readonly schemes?: readonly string[] | undefined;
  readonly order?: number | undefined;
  readonly before?: string | undefined;
  readonly event?: string | undefined;
}

export interface Registered {
  /** Whether Node holds it to its list of files. */
  readonly fenced: boolean;
  readonly parts: readonly SentPart[];
}

/** By what the engine names a part. */
export function partKey({ kind, name, event }: Pick<SentPart, 'kind' | 'name' | 'event'>): string {
  return event === undefined ? `${kind}/${name}` : `${kind}/${event}/${name}`;
}
