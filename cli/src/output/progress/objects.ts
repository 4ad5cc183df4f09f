import type { Progress, TransferReport } from '@loopstick/core';

import type { Display } from '../progress.ts';
import type { Terminal } from '../terminal.ts';

/** Between two reports on the same thing. */
const PAUSE_MS = 500;

/** An object a line, as docs/json.md describes. */
export function createObjects(terminal: Terminal, clock: () => number): Display {
  const told = new Map<string, number>();
  const isDue = (key: string, { done, total }: Progress | TransferReport): boolean => {
    const now = clock();
    if (done !== total && now - (told.get(key) ?? -Infinity) < PAUSE_MS) return false;
    told.set(key, now);
    return true;
  };
  return {
    step: (report) => {
      terminal.event('step', report);
    },
    progress: (report) => {
      if (isDue(`${report.step} ${report.label}`, report)) terminal.event('progress', report);
    },
    transfer: (report) => {
      if (isDue(report.label, report)) terminal.event('transfer', report);
    },
    download: (report) => {
      terminal.event('download', report);
    },
    failover: ({ error: { code, message, hint }, ...report }) => {
      terminal.event('failover', { ...report, error: { code, message, hint } });
    },
    resume: (report) => {
      terminal.event('resume', report);
    },
    waiting: ({ file, error: { code, message, hint } }) => {
      terminal.event('waiting', { file, error: { code, message, hint } });
    },
    found: (report) => {
      terminal.event('found', report);
    },
  };
}
