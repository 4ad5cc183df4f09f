import type { ListedImage } from '../engine/hooks.ts';
import type { MirrorMemory } from '../mirror/memory.ts';
import type { Digests } from '../verify/digests.ts';
import type { PieceDigests } from '../verify/piece-digests.ts';
import type { Hosts } from './transfer/hosts.ts';
import type { RateLimiter } from './transfer/rate-limit.ts';
import type { RetryPolicy } from './transfer/retry.ts';

/** One file to download. */
export interface DownloadJob {
  /** What it is called in events and errors: an image id. */
  readonly label: string;
  /** Addresses of the same file, in the order of their source. */
  readonly urls: readonly string[];
  /** The image of the catalog that it is: with it, further mirrors are found in its vendor's lists. */
  readonly image?: ListedImage | undefined;
  /** In bytes. When it is missing, the first server that answers is asked. */
  readonly size?: number | undefined;
  /** All of these have to agree. When there are none, the file comes from one address only and is not verified. */
  readonly digests: Digests;
  /** Digests of equally long pieces of the file, as a metalink may list them. */
  readonly pieces?: PieceDigests | undefined;
  /** Where the file goes. Its folder is made when it is not there. */
  readonly destination: string;
  /** Put the new file in the place of another one; otherwise that is an error. */
  readonly replace?: boolean | undefined;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly patience?: Partial<Patience> | undefined;
  /** Bytes that may still be written into a folder. Default: as the file system says. */
  readonly freeSpace?: ((folder: string) => Promise<number>) | undefined;
  /** What is known of the hosts. Downloads that share it share its limits. */
  readonly hosts?: Hosts | undefined;
  /** What is remembered of mirrors, and what is learned of them goes there. */
  readonly mirrorMemory?: MirrorMemory | undefined;
  /** Default: as fast as it goes. */
  readonly limiter?: RateLimiter | undefined;
  /** At most so many connections; default: 16 for a download, and 4 to one host. */
  readonly connections?: { readonly perJob: number; readonly perHost: number } | undefined;
  /** Told several times a second how far it is, and once more at the end. */
  readonly onReport?: ((report: TransferReport) => void) | undefined;
  /** Told when all bytes are there and only have to be compared with their digests. */
  readonly onVerify?: (() => void) | undefined;
}

export interface DownloadResult {
  readonly path: string;
  readonly size: number;
  /** Bytes that were there from an earlier run. */
  readonly resumed: number;
  /** The digests that were asked for; SHA-256 when there were none. */
  readonly digests: Digests;
  /** Whether it was compared with digests of the job. */
  readonly verified: boolean;
  /** Which mirror delivered what, in the order of the file. Empty when the file was there already. */
  readonly origins: readonly Origin[];
}

/** A range `[start, end)` of the file and where it came from. */
export interface Origin {
  /** The URL; undefined where several delivered parts of one piece. */
  readonly mirror: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** How a running download is doing. */
export interface TransferReport {
  readonly label: string;
  /** Bytes that are there, each counted once. Never goes back. */
  readonly done: number;
  /** Undefined while no server has said it. */
  readonly total: number | undefined;
  /** Bytes a second over the last few seconds. */
  readonly speed: number;
  /** Seconds; undefined while nothing arrives or the size is unknown. */
  readonly eta: number | undefined;
  /** Bytes that were there from an earlier run. */
  readonly resumed: number;
  readonly connections: number;
  /** Those that have delivered something or are connected. */
  readonly mirrors: readonly MirrorShare[];
}

export interface MirrorShare {
  /** Without credentials and query. */
  readonly mirror: string;
  /** Delivered in this run. */
  readonly bytes: number;
  /** Bytes a second at present. */
  readonly speed: number;
  readonly connections: number;
}

/** How long and how often to try, in milliseconds and counts. */
export interface Patience extends RetryPolicy {
  /** Until a server answers. */
  readonly openMs: number;
  /** Between two bytes. */
  readonly idleMs: number;
  /** So many bytes from a mirror start the count of its attempts again. */
  readonly worthwhile: number;
  /** The longest wait that a server may ask for; with a longer one the download is paused. */
  readonly longestWaitMs: number;
}

export const DEFAULT_CONNECTIONS: { readonly perJob: number; readonly perHost: number } = { perJob: 16, perHost: 4 };
