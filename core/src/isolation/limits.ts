/** What a plugin's process may take. */
export interface IsolationLimits {
  /** MiB of values, and of all its memory together. */
  readonly heapMb: number;
  readonly memoryMb: number;
  /** How long it may go on after it was told to stop, in milliseconds. */
  readonly graceMs: number;
  /** Bytes that it may print. */
  readonly output: number;
}

export const DEFAULT_ISOLATION: IsolationLimits = {
  heapMb: 256,
  memoryMb: 768,
  graceMs: 2_000,
  output: 256 * 1024,
};
