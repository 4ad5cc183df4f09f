/** One download in a process of its own, as the command would do it: nothing is warm, nothing is left of the last one. */
import { runDownload, strategyNames } from '../../test/dist/mirror-lab/index.js';
import { serve } from './child.mjs';

serve({
  names: async ({ home }) => ({ names: await strategyNames(home) }),
  run: async (options) => {
    const { signal } = new globalThis.AbortController();
    const { seconds, failed, warnings, timeline, log } = await runDownload({ ...options, signal });
    const probed = log.probed.reduce((sum, { bytes }) => sum + bytes, 0);
    return { seconds, failed, warnings, askings: log.askings.length, probes: log.probed.length, probed, timeline };
  },
});
