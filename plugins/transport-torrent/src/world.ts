/** What comes from outside: core's context has no part that a plugin is given. */
export interface World {
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  readonly random: (bytes: number) => Buffer;
  /** Addresses of this machine in its networks. */
  readonly addresses: () => readonly string[];
}
