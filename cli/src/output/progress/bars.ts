import { formatBytes, type Progress, type TransferReport } from '@loopstick/core';

import type { Display } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { createNotices } from './notices.ts';
import { Speed } from './speed.ts';
import { connectionsOf, paceOf, percent, sharesOf, timeLeft, VERBS } from './words.ts';

const REDRAW_MS = 100;
const STILL_RUNNING: ReadonlySet<string> = new Set(['downloading', 'verifying']);

/** One bar a download, with its mirrors below when there is room, and one for whatever else is going on. */
export function createBars(terminal: Terminal, clock: () => number): Display {
  const notices = createNotices(terminal);
  const transfers = new Map<string, TransferReport>();
  const speed = new Speed(clock);
  let other: Bar | undefined;
  let drawn = -Infinity;

  const draw = (now = false): void => {
    if (!now && clock() - drawn < REDRAW_MS) return;
    drawn = clock();
    const room = terminal.rows - 1;
    const bars = [...[...transfers.values()].map(transferBar), ...(other === undefined ? [] : [other])];
    const details = bars.length * 2 <= room;
    const lines = bars.flatMap((bar) => [
      drawBar(bar, terminal.columns),
      ...(details && bar.detail !== undefined ? [`  ${bar.detail}`.slice(0, terminal.columns - 1)] : []),
    ]);
    const hidden = bars.length - room;
    terminal.status(hidden > 0 ? [...lines.slice(0, room - 1), `and ${hidden + 1} more`] : lines);
  };

  return {
    ...notices,
    step: (report) => {
      speed.reset();
      other = undefined;
      notices.step(report);
    },
    progress: (progress) => {
      other = progressBar(progress, speed.add(progress));
      draw(progress.done === progress.total);
    },
    transfer: (report) => {
      other = undefined;
      transfers.set(report.label, report);
      draw(report.done === report.total);
    },
    download: (report) => {
      if (!STILL_RUNNING.has(report.to)) transfers.delete(report.label);
      notices.download(report);
      draw(true);
    },
  };
}

interface Bar {
  readonly head: string;
  readonly done: number;
  readonly total: number | undefined;
  /** From an earlier run. */
  readonly resumed: number;
  /** Behind the amounts, most important first. */
  readonly facts: readonly string[];
  readonly detail?: string | undefined;
}

function progressBar({ step, label, done, total }: Progress, rate: number | undefined): Bar {
  const facts =
    rate === undefined
      ? []
      : [`${formatBytes(rate)}/s`, ...(rate === 0 || total === undefined ? [] : [timeLeft((total - done) / rate)])];
  return { head: `${VERBS[step]} ${label}`, done, total, resumed: 0, facts };
}

function transferBar(report: TransferReport): Bar {
  const { label, done, total, resumed, mirrors } = report;
  const shares = sharesOf(mirrors);
  return {
    ...{ head: label, done, total, resumed, facts: paceOf(report) },
    detail: [connectionsOf(report), ...(shares === '' ? [] : [shares])].join(': '),
  };
}

/** `head [===###....]  45 %  1.2 GiB / 2.6 GiB  34 MiB/s  41 s left`: `=` is what an earlier run left. */
function drawBar({ head, done, total, resumed, facts }: Bar, columns: number): string {
  if (total === undefined || total === 0) {
    return [head, formatBytes(done), ...facts].join('  ').slice(0, columns - 1);
  }
  const amount = `${String(percent(done, total)).padStart(3)} %  ${formatBytes(done)} / ${formatBytes(total)}`;
  const tail = [amount, ...facts].join('  ');
  const name = head.slice(0, Math.max(0, columns - tail.length - 16));
  const room = Math.max(8, Math.min(30, columns - name.length - tail.length - 5));
  const filled = Math.round(Math.min(1, done / total) * room);
  const old = Math.min(filled, Math.round((resumed / total) * room));
  const bar = `${'='.repeat(old)}${'#'.repeat(filled - old)}${'.'.repeat(room - filled)}`;
  return `${name} [${bar}] ${tail}`.slice(0, columns - 1);
}
