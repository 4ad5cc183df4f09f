import { z } from 'zod';

/** What is kept of a host between runs. Times are milliseconds since 1970: the only ones that mean something later. */
export interface HostRecord {
  readonly updatedAt: number;
  /** Delivered in `ms` milliseconds of connections: both count for less the older they are. */
  readonly bytes: number;
  readonly ms: number;
  /** The host has refused more connections than these, until `capUntil`. */
  readonly cap?: number | undefined;
  readonly capUntil?: number | undefined;
  /** The host has asked not to be asked before. */
  readonly parkedUntil?: number | undefined;
}

const amount = z.number().nonnegative();

export const hostRecordSchema: z.ZodType<HostRecord, unknown> = z.object({
  updatedAt: amount,
  bytes: amount,
  ms: amount,
  cap: z.int().positive().optional(),
  capUntil: amount.optional(),
  parkedUntil: amount.optional(),
});

/**
 * The newer record, with what an older one of another process still asks for: of two parks or two caps, the one that
 * holds longer.
 */
export function keepingLater(newer: HostRecord, older: HostRecord | undefined): HostRecord {
  if (older === undefined) return newer;
  // A clock that was set back between the two must not make times longer than they were.
  const back = Math.max(0, older.updatedAt - newer.updatedAt);
  const parkedUntil = (older.parkedUntil ?? 0) - back;
  const capUntil = (older.capUntil ?? 0) - back;
  return {
    ...newer,
    ...(parkedUntil > (newer.parkedUntil ?? newer.updatedAt) && { parkedUntil }),
    ...(capUntil > (newer.capUntil ?? newer.updatedAt) && { cap: older.cap, capUntil }),
  };
}

/** Where records are kept, by the host's name. Whatever it throws is experience lost, and not a reason to stop. */
export interface HostMemory {
  load(host: string): HostRecord | undefined;
  save(host: string, record: HostRecord): void;
}
