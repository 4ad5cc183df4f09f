import { EventEmitter } from 'node:events';

import type { Catalog } from '../catalog/model.ts';
import type { SourceSync } from '../catalog/sync/source-sync.ts';
import type { TransferReport } from '../download/job.ts';
import type { LoopstickError } from './errors.ts';

/** What the engine reports while it works. Libraries emit, only the CLI prints. */
export interface EngineEvents {
  /** Something is worth knowing but stops nothing. */
  warning: [LoopstickError];
  /** A step of a longer job begins: `detail` says of what. */
  step: [{ readonly step: Step; readonly detail: string }];
  progress: [Progress];
  /** A mirror was given up during a download; `next` is tried now. */
  failover: [
    {
      readonly label: string;
      readonly mirror: string;
      readonly next: string | undefined;
      readonly error: LoopstickError;
    },
  ];
  /** A download takes up where an earlier one ended. */
  resume: [{ readonly label: string; readonly bytes: number }];
  /** Somebody else is downloading this file: what comes of that is waited for. `error` says who. */
  waiting: [{ readonly file: string; readonly error: LoopstickError }];
  /** The wanted file was found in a folder of the user's, so it is not downloaded. */
  found: [{ readonly label: string; readonly path: string }];
  /** How a running download is doing; several times a second, and once more when it ends. */
  transfer: [TransferReport];
  /** A download of the queue went from one state to another; `from` is undefined for a new one. */
  download: [DownloadChange];
  /** A sync of the catalog has begun to read a source, or is done with it. */
  sync: [SourceSync];
  /** The catalog was read: somebody looks at it. */
  catalog: [Catalog];
}

export interface DownloadChange {
  readonly id: string;
  readonly label: string;
  readonly from: string | undefined;
  readonly to: string;
  /** One line, where there is one: why it was paused, or failed. */
  readonly reason?: string | undefined;
}

export type Step = 'download' | 'hash' | 'inspect' | 'plan' | 'format' | 'copy' | 'boot' | 'verify' | 'finish';

export interface Progress {
  readonly step: Step;
  /** What is being worked on: an image id or a file name. */
  readonly label: string;
  readonly done: number;
  /** In the unit of `done` (bytes); undefined while unknown. */
  readonly total: number | undefined;
}

export type EventBus = EventEmitter<EngineEvents>;

export function createEventBus(): EventBus {
  return new EventEmitter<EngineEvents>();
}
