import { createEventBus, type DownloadHandle, type DownloadJob, type Engine } from '@loopstick/core';
import { afterEach, describe, expect, it } from 'vitest';

import { RunningDownloads } from '../src/downloading.ts';

const JOB: DownloadJob = { label: 'a', urls: [], digests: {}, destination: '/a' };
const warnings: string[] = [];
const onWarning = ({ name }: Error): unknown => warnings.push(name);
process.on('warning', onWarning);
afterEach(() => process.off('warning', onWarning));

describe('many downloads', () => {
  it('that are paused, or wait to begin, are waited for without a warning of Node', async () => {
    const events = createEventBus();
    const states = new Map<number, 'paused' | 'completed'>();
    let added = 0;
    const add = (): Promise<DownloadHandle> => {
      const number = added++;
      states.set(number, 'paused');
      return Promise.resolve({
        get state() {
          return states.get(number);
        },
        outcome: () => Promise.resolve({ state: states.get(number), reason: undefined, result: number }),
        pause: () => Promise.resolve(),
        resume: () => Promise.resolve(),
      } as unknown as DownloadHandle);
    };
    const running = new RunningDownloads({ events } as Engine, add);
    const early = Array.from({ length: 12 }, () => running.run(JOB));
    await running.pause();
    const late = Array.from({ length: 12 }, () => running.run(JOB));
    await new Promise((resolve) => setImmediate(resolve));
    expect(added).toBe(12);
    await running.resume();
    await new Promise((resolve) => setImmediate(resolve));
    expect(added).toBe(24);
    for (const number of states.keys()) states.set(number, 'completed');
    events.emit('download', { id: 'a', label: 'a', from: 'paused', to: 'completed', reason: undefined });
    expect(await Promise.all([...early, ...late])).toHaveLength(24);
    expect(warnings).toEqual([]);
  });
});
