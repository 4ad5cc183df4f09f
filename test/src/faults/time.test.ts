/** Clocks that jump: records may show it, and nothing else. */
import { describe, expect } from 'vitest';

import type { Fault } from '../servers/index.ts';
import { expectBytes } from './expectations.ts';
import { downloadPartly, it, sentBy } from './stage.ts';

const MiB = 1024 * 1024;
const YEAR_MS = 365 * 86_400_000;

/** A clock that shows another of these times at each look. */
function jumping(...offsetsMs: readonly number[]): () => Date {
  let looks = 0;
  return () => new Date(Date.now() + (offsetsMs[looks++ % offsetsMs.length] ?? 0));
}

describe.concurrent('a clock that jumps', () => {
  it.for<[string, readonly number[]]>([
    ['to the next year and back', [0, YEAR_MS]],
    ['to the last year and back', [0, -YEAR_MS]],
    ['to 1970', [-Date.now()]],
    ['by a second, this way and that', [0, 1000, -1000, 500]],
  ])('%s changes nothing', async ([, offsets], { stage }) => {
    const context = { now: jumping(...offsets) };
    const faults: Fault[] = [{ kind: 'status', status: 503, retryAfter: 1 }];
    const server = await stage.serve(faults, { faultyRequests: 1, rate: 8 * MiB });
    // Nobody else ends a wait of years.
    await expectBytes(stage, await stage.fetch(server, { context }));
    const [refused, next] = server.requests;
    expect((next?.at ?? 0) - (refused?.at ?? 0)).toBeGreaterThan(900);
  });

  it('between two runs does not keep the second from going on', async ({ stage }) => {
    for (const offset of [YEAR_MS, -YEAR_MS]) {
      const server = await stage.serve([], { rate: 8 * MiB });
      await downloadPartly(stage, server, 3 * MiB);
      const before = sentBy(server);
      await expectBytes(stage, await stage.fetch(server, { context: { now: jumping(offset) } }));
      expect(sentBy(server) - before).toBeLessThan(stage.content.length - 1.5 * MiB);
      await stage.clear();
    }
  });

  it('does not make a Retry-After date a wait of years', async ({ stage }) => {
    const fault: Fault = { kind: 'status', status: 429, retryAfter: { dateInMs: 1500 } };
    const server = await stage.serve(fault, { faultyRequests: 1 });
    await expectBytes(stage, await stage.fetch(server, { context: { now: jumping(-YEAR_MS) } }));
  });
});
