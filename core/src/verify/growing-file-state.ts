/** What a growing file's hasher and its worker share: plain memory, so that no message is needed while data arrives. */
export interface GrowingFileState {
  /** Bytes, by the indices below. */
  readonly bytes: BigInt64Array<SharedArrayBuffer>;
  /** Counted up by who wakes the worker; the worker sleeps on it. One word, so that no wake-up can be lost. */
  readonly wake: Int32Array<SharedArrayBuffer>;
}

/** Bytes that are written and will not change. */
export const WRITTEN = 0;
/** Bytes that the worker has hashed. */
export const HASHED = 1;
/** The size at which the worker ends; -1 while it is not known. */
export const SIZE = 2;

const WORDS = 3 * BigInt64Array.BYTES_PER_ELEMENT;

export function newGrowingFileMemory(): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(WORDS + Int32Array.BYTES_PER_ELEMENT);
  growingFileState(memory).bytes[SIZE] = -1n;
  return memory;
}

export function growingFileState(memory: SharedArrayBuffer): GrowingFileState {
  return { bytes: new BigInt64Array(memory, 0, 3), wake: new Int32Array(memory, WORDS, 1) };
}

/** What the worker is given. */
export interface GrowingFileTask {
  readonly path: string;
  readonly algorithms: readonly string[];
  readonly memory: SharedArrayBuffer;
}

/** What the worker answers, once. An error of the system would lose its code on the way: it comes taken apart. */
export type GrowingFileAnswer =
  | { readonly digests: readonly string[] }
  /** The file ends here, before what was said to be written. */
  | { readonly endsAt: number }
  | { readonly error: { readonly message: string; readonly facts: Readonly<Record<string, unknown>> } };
