/** The mirrors of a scenario, in a process of their own: nobody else's work disturbs their rates. */
import { setPriority } from 'node:os';

import { startLab } from '../../test/dist/mirror-lab/index.js';
import { serve } from './child.mjs';

let lab;
try {
  // Mirrors do not slow down because this machine has other work.
  setPriority(-10);
} catch {
  // Only some users may.
}

serve({
  start: async ({ scenario }) => {
    lab = await startLab(scenario);
    const { urls, sha256 } = lab;
    return { urls, sha256 };
  },
  reset: ({ seed }) => {
    lab.reset(seed);
    return {};
  },
  count: () => ({ counts: lab.counts(), pauseMs: lab.longestPauseMs() }),
});
