import { formatBytes } from '@loopstick/core';

import type { Display } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { VERBS } from './words.ts';

/** What is said in words, on a terminal as elsewhere. */
export function createNotices(
  terminal: Terminal,
): Required<Pick<Display, 'step' | 'failover' | 'resume' | 'waiting' | 'found'>> {
  return {
    step: ({ step, detail }) => {
      terminal.note(`${VERBS[step]} ${detail}`);
    },
    failover: ({ next, error }) => {
      terminal.note(`A mirror failed: ${error.message}`, 'yellow');
      if (next !== undefined) terminal.note(`Going on from ${next}`);
    },
    resume: ({ label, bytes }) => {
      terminal.note(`Resuming ${label}: ${formatBytes(bytes)} are already here`);
    },
    waiting: ({ error }) => {
      terminal.note(`Waiting: ${error.message}`);
    },
    found: ({ label, path }) => {
      terminal.note(`${label} is not downloaded: found in ${path}`);
    },
  };
}
