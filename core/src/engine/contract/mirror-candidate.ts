/** Mirrors as strategies see them: where they are, and how they did, do and answer. */

/** Two letters each: Africa, Antarctica, Asia, Europe, North America, Oceania, South America. */
export const CONTINENTS = ['af', 'an', 'as', 'eu', 'na', 'oc', 'sa'] as const;
export type Continent = (typeof CONTINENTS)[number];

/** Somewhere on earth, as far as it is known. */
export interface Place {
  /** ISO 3166-1, two lower-case letters. */
  readonly country?: string | undefined;
  readonly continent?: Continent | undefined;
}

/** How a use of a mirror can end. `stale`: another file under the name, which says nothing against the mirror. */
export const MIRROR_OUTCOMES = ['success', 'timeout', 'http-error', 'reset', 'stale', 'corrupt'] as const;
export type MirrorOutcome = (typeof MIRROR_OUTCOMES)[number];

/** What is remembered of a mirror from earlier downloads, the older the less it counts. */
export interface MirrorHistory {
  /** Each counts half after 14 days. */
  readonly outcomes: Readonly<Record<MirrorOutcome, number>>;
  readonly speed?: SpeedMemory | undefined;
  /** Milliseconds until a connection was made, and until the first byte of an answer came. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly lastUsed: Date;
}

/** Speeds vary by factors, so they are remembered as logarithms. */
export interface SpeedMemory {
  /** Geometric mean, in bytes a second, of all connections to the mirror together. */
  readonly mean: number;
  /** Standard deviation of the natural logarithm. */
  readonly deviation: number;
  /** Number of measurements, decayed like outcomes: how much it is to be believed. */
  readonly weight: number;
}

/** How a mirror does in the download for which it is ranked. */
export interface MirrorProgress {
  /** Bytes that it has delivered. */
  readonly bytes: number;
  /** Bytes a second at present, or when it delivered last; undefined before anything could be measured. */
  readonly speed: number | undefined;
  /** Open at present. */
  readonly connections: number;
  /** Attempts that failed. */
  readonly failures: number;
  /** Given up: it fails, or has another file. */
  readonly out: boolean;
}

/** One place that a file can come from. Every strategy gets the same record. */
export interface MirrorCandidate extends Place {
  /** Address of the file on this mirror. */
  readonly url: string;
  /** The mirror itself, `scheme://host:port`: by this experience is kept, so that it outlives a release. */
  readonly mirror: string;
  /** Place in the order of the sources, from 0. */
  readonly position: number;
  /** Who lists it, the most trusted one first: `catalog`, `settings`, or the name of a list's source. */
  readonly sources: readonly string[];
  /** As its owner has declared it, from 0 to 1 among the mirrors of its list: an order and not a speed. */
  readonly bandwidth?: number | undefined;
  /** Place in the user's list of preferred mirrors, from 0. */
  readonly preferred?: number | undefined;
  readonly history?: MirrorHistory | undefined;
  /** Missing before the download has begun. */
  readonly progress?: MirrorProgress | undefined;
  /** What the last probe brought in this download: strategies keep nothing from one asking to the next. */
  readonly probe?: MirrorProbe | undefined;
}

export interface ProbeOptions {
  /** How many bytes to ask for. */
  readonly bytes: number;
  /** After so long it ends with what has come. */
  readonly ms: number;
}

/**
 * What asking a mirror for a part of the wanted file brought.
 * - `current`: the file is there, with the size that it must have
 * - `stale`: another file is there under that name
 * - `missing`: the mirror does not have it
 * - `failed`: nothing can be said; the mirror did not answer, or not soberly
 * - `unasked`: it was not asked, since it is in use or has to wait, or nothing is left to ask it for
 */
export interface MirrorProbe {
  readonly url: string;
  readonly state: 'current' | 'stale' | 'missing' | 'failed' | 'unasked';
  /** Missing when a connection was there already. */
  readonly connectMs?: number | undefined;
  /** From the request to the first byte of the file. */
  readonly firstByteMs?: number | undefined;
  /** Bytes a second from the first byte on; missing when too few came to say. */
  readonly speed?: number | undefined;
  readonly bytes: number;
  /** One line: what went wrong. */
  readonly problem?: string | undefined;
}
