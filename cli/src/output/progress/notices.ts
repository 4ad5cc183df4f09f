import { formatBytes } from '@loopstick/core';

import type { Display } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { VERBS } from './words.ts';

/** So many mirrors of a download that fail are told of one by one; the others are counted. */
const TOLD_MIRRORS = 3;

/** What is said in words, on a terminal as elsewhere. */
export function createNotices(
  terminal: Terminal,
): Required<Pick<Display, 'step' | 'download' | 'failover' | 'resume' | 'waiting' | 'found'>> {
  const failed = new Map<string, Set<string>>();
  return {
    download: ({ label, to, reason }) => {
      if (to === 'paused') terminal.note(`Paused ${reasonFor(label, reason)}`);
      if (to === 'downloading' || to === 'verifying') return;
      const untold = (failed.get(label)?.size ?? 0) - TOLD_MIRRORS;
      failed.delete(label);
      if (untold > 0)
        terminal.note(`${untold} more ${untold === 1 ? 'mirror' : 'mirrors'} of ${label} failed`, 'yellow');
    },
    step: ({ step, detail }) => {
      terminal.note(`${VERBS[step]} ${detail}`);
    },
    failover: ({ label, mirror, next, error }) => {
      const mirrors = failed.get(label) ?? new Set<string>();
      failed.set(label, mirrors);
      // One that fails again says nothing new.
      if (mirrors.has(mirror)) return;
      mirrors.add(mirror);
      if (mirrors.size > TOLD_MIRRORS) return;
      terminal.note(`A mirror failed: ${error.message}`, 'yellow');
      if (next !== undefined) terminal.note(`Going on from ${next}`);
    },
    resume: ({ label, bytes }) => {
      terminal.note(`Resuming ${label}: ${formatBytes(bytes)} are already here`);
    },
    waiting: ({ error: { message, hint } }) => {
      // Whether somebody still runs cannot always be seen, and then this waits until the user does what the hint says.
      terminal.note(`Waiting: ${message} ${hint}`);
    },
    found: ({ label, path }) => {
      terminal.note(`${label} is not downloaded: found in ${path}`);
    },
  };
}

/** Some reasons begin with the label themselves. */
function reasonFor(label: string, reason: string | undefined): string {
  if (reason === undefined) return label;
  return reason.startsWith(`${label}: `) ? reason : `${label}: ${reason}`;
}
