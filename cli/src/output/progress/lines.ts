import { formatBytes } from '@loopstick/core';

import type { Display } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { createNotices } from './notices.ts';
import { connectionsOf, paceOf, percent, sharesOf, VERBS } from './words.ts';

/** What is over within moments needs no report in between. */
const PAUSE_MS = 3000;
/** Between two lines on the same download. */
const TRANSFER_PAUSE_MS = 5000;

/** Plain lines, for files and pipes: a download's every few seconds, others at each tenth of their way. */
export function createLines(terminal: Terminal, clock: () => number): Display {
  const notices = createNotices(terminal);
  const told = new Map<string, number>();
  let last = { at: clock(), mark: '' };
  return {
    ...notices,
    step: (report) => {
      last = { at: clock(), mark: '' };
      notices.step(report);
    },
    progress: ({ step, label, done, total }) => {
      if (total === undefined || total === 0) return;
      const tenth = Math.floor((done / total) * 10);
      const mark = `${step} ${label} ${tenth}`;
      if (mark === last.mark || clock() - last.at < PAUSE_MS) return;
      last = { at: clock(), mark };
      const amount = `${formatBytes(done)} of ${formatBytes(total)}`;
      terminal.note(`${VERBS[step]} ${label}: ${tenth * 10} % (${amount})`);
    },
    transfer: (report) => {
      const { label, done, total, mirrors } = report;
      const now = clock();
      const before = told.get(label);
      if (before === undefined) told.set(label, now);
      if (before === undefined || now - before < TRANSFER_PAUSE_MS) return;
      told.set(label, now);
      const amount =
        total === undefined
          ? formatBytes(done)
          : `${percent(done, total)} % (${formatBytes(done)} of ${formatBytes(total)})`;
      const shares = sharesOf(mirrors);
      const words = [amount, ...paceOf(report), connectionsOf(report), ...(shares === '' ? [] : [shares])];
      terminal.note(`Downloading ${label}: ${words.join(', ')}`);
    },
  };
}
