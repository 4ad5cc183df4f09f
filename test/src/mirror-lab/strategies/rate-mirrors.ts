import type { MirrorStrategy } from '@loopstick/core';

/** Its defaults: at least 70 kB, for at most a second, once (westandskif/rate-mirrors, src/config.rs). */
const SAMPLE = { bytes: 1_000_000, ms: 1000 };
const LEAST_BYTES = 70_000;

/**
 * As rate-mirrors does: one early sample of each mirror's throughput, and the order is kept whatever happens. Unlike it,
 * this one need not wait for its samples, which are parts of the file; of mirrors that are in use by then, what they
 * deliver is the sample.
 */
export function rateMirrors(): MirrorStrategy {
  const samples = new Map<string, number>();
  return {
    name: 'rate-mirrors',
    description: 'Throughput of one early sample, kept',
    async rank(candidates, { probe }) {
      const unknown = candidates.filter(({ url, progress }) => !samples.has(url) && progress?.out !== true);
      const asked = unknown.map(async ({ url, progress }) => {
        if ((progress?.connections ?? 0) === 0) {
          const sample = await probe?.(url, SAMPLE);
          if (sample === undefined || sample.state === 'failed') return;
          samples.set(url, sample.bytes < LEAST_BYTES ? 0 : (sample.speed ?? 0));
        } else if (progress?.speed !== undefined && progress.bytes >= LEAST_BYTES) samples.set(url, progress.speed);
      });
      await Promise.all(asked);
      const speed = (url: string): number => samples.get(url) ?? 0;
      return [...candidates]
        .sort((a, b) => speed(b.url) - speed(a.url) || a.position - b.position)
        .map(({ url }) => ({
          url,
          reason: samples.has(url) ? `${(speed(url) / 1e6).toFixed(1)} MB/s once` : 'no sample',
        }));
    },
  };
}
