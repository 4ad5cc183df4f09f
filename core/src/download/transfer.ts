import type { Engine } from '../engine/engine.ts';
import type { LoopstickError } from '../engine/errors.ts';
import type { Patience } from './job.ts';
import type { Meter } from './meter.ts';
import type { PartFile } from './part-file.ts';

/** What the stages of one running download share. */
export interface Transfer {
  readonly engine: Engine;
  readonly label: string;
  readonly part: PartFile;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly meter: Meter;
  /** Size of the whole file in bytes. */
  size: number | undefined;
  /** False when the job does not say the size, so that `size` is only what some server said. */
  readonly sizeIsSure: boolean;
  /** Mirrors that are not asked again, with the reason. */
  readonly out: Map<string, LoopstickError>;
  /** Mirrors whose answers to ranges are of no use: they are asked for the whole file. */
  readonly streamOnly: Set<string>;
  /** @throws LoopstickError DOWNLOAD_SPACE */
  checkSpace(size: number): Promise<void>;
}

/** One mirror that was tried in vain. */
export interface Attempt {
  readonly url: string;
  readonly error: LoopstickError;
}
