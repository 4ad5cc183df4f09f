/** The mirrors of a scenario, in a process of their own: nobody else's work disturbs their rates. */
import { startLab } from '../../test/dist/mirror-lab/index.js';
import { serve } from './child.mjs';

let lab;

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
