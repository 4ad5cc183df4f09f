import type { MirrorStrategy } from '@loopstick/core';

import { askUnasked } from './ask-unasked.ts';

/** Its defaults: at least 70 kB, for at most a second, once (westandskif/rate-mirrors, src/config.rs). */
const SAMPLE = { bytes: 1_000_000, ms: 1000 };
const LEAST_BYTES = 70_000;

/** As rate-mirrors does: one early sample of each mirror's throughput, and the order is kept whatever happens. */
export const rateMirrors: MirrorStrategy = {
  name: 'rate-mirrors',
  description: 'Throughput of one early sample, kept',
  async rank(candidates, request) {
    const probes = await askUnasked(candidates, request, SAMPLE);
    return candidates
      .map(({ url, position }) => {
        const { speed = 0, bytes = 0 } = probes.get(url) ?? {};
        return { url, position, speed: bytes < LEAST_BYTES ? 0 : speed };
      })
      .sort((a, b) => b.speed - a.speed || a.position - b.position)
      .map(({ url, speed }) => ({ url, reason: speed === 0 ? 'no sample' : `${(speed / 1e6).toFixed(1)} MB/s once` }));
  },
};
