import type { MirrorHistory, MirrorOutcome } from '../engine/hooks.ts';

/** What one use of a mirror has taught. */
export interface MirrorLesson {
  readonly outcome: MirrorOutcome;
  /** Bytes a second of all connections to it together; only from what is enough to tell. */
  readonly speed?: number | undefined;
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
}

/** Experience with mirrors that outlives a download, by `scheme://host:port`. What it throws is experience lost, no more. */
export interface MirrorMemory {
  recall(mirror: string): MirrorHistory | undefined;
  learn(mirror: string, lesson: MirrorLesson): void;
  /** Everything, by mirror. */
  list(): readonly (readonly [string, MirrorHistory])[];
  /** Forgets one mirror, or all. Returns how many were known. */
  forget(mirror?: string): number;
}
