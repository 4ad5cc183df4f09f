/** One file to download. */
export interface DownloadJob {
  /** What it is called in events and errors: an image id. */
  readonly label: string;
  /** Addresses of the same file, in the order of their source. */
  readonly urls: readonly string[];
  /** In bytes. When it is missing, the first server that answers is asked. */
  readonly size?: number | undefined;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** Where the verified file goes. Its folder must exist. */
  readonly destination: string;
  /** Put the new file in the place of another one; otherwise that is an error. */
  readonly replace?: boolean | undefined;
}

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly patience?: Partial<Patience> | undefined;
  /** Bytes that may still be written into a folder. Default: as the file system says. */
  readonly freeSpace?: ((folder: string) => Promise<number>) | undefined;
}

export interface DownloadResult {
  readonly path: string;
  readonly size: number;
  /** Bytes that were there from an earlier run. */
  readonly resumed: number;
  /** Which mirror delivered what, in the order of the file. Empty when the file was there already. */
  readonly origins: readonly Origin[];
}

/** A range `[start, end)` of the file and where it came from. */
export interface Origin {
  /** The URL; undefined for what an earlier run left. */
  readonly mirror: string | undefined;
  readonly start: number;
  readonly end: number;
}

/** How long and how often to try, in milliseconds and counts. */
export interface Patience {
  /** Until a server answers. */
  readonly openMs: number;
  /** Between two bytes. */
  readonly idleMs: number;
  /** Rounds over all mirrors that bring next to nothing before the job is given up. */
  readonly rounds: number;
  /** Longest wait before the second round; doubles from round to round. */
  readonly backoffMs: number;
  /** A round that brings as many bytes as this starts the count of rounds again. */
  readonly worthwhile: number;
}

export const DEFAULT_PATIENCE: Patience = {
  openMs: 30_000,
  idleMs: 15_000,
  rounds: 3,
  backoffMs: 1_000,
  worthwhile: 1024 * 1024,
};
