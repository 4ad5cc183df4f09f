import { existsSync } from 'node:fs';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { canMove, isActive, isFinal, type DownloadState } from '../../../src/download/queue/state.ts';
import type { DownloadHandle } from '../../../src/download/queue/handle.ts';
import { openState } from '../../../src/download/queue/open-store.ts';
import { createRoom, FakeDownloader, jobFor, open } from './support.ts';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const MOST = 2;

const step = fc.record({
  what: fc.constantFrom('add', 'add', 'pause', 'resume', 'cancel', 'finish', 'fail', 'full', 'breathe', 'ask', 'other'),
  name: fc.constantFrom(...NAMES),
});

test('whatever happens in whatever order, downloads move as they can, and all come to rest', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }), async (steps) => {
      const room = await createRoom({ simultaneous: MOST });
      const fake = new FakeDownloader();
      const downloads = await open(room, { run: fake.run, lookMs: 2 });
      const others = await open(room, { run: fake.run, lookMs: 2 });
      const states = new Map<string, string>();
      let most = 0;
      room.engine.events.on('download', ({ id, from, to }) => {
        // Taking up what is at rest begins with the queue.
        if (from !== undefined) {
          expect(from).toBe(states.get(id));
          expect(canMove(from as DownloadState, to as DownloadState)).toBe(true);
        }
        states.set(id, to);
        most = Math.max(most, [...states.values()].filter((at) => at === 'downloading' || at === 'verifying').length);
      });
      const handles = new Map<string, DownloadHandle>();
      const pending: Promise<unknown>[] = [];
      const running = (name: string) => fake.started.findLast(({ job }) => job.label === name);
      for (const { what, name } of steps) {
        const handle = handles.get(name);
        if (what === 'add') handles.set(name, await downloads.add(jobFor(room, name)));
        else if (what === 'finish' && handle !== undefined && isActive(handle.state)) running(name)?.finish();
        else if (what === 'fail') running(name)?.fail(new Error('no'));
        else if (what === 'full') running(name)?.fail(Object.assign(new Error('full'), { code: 'ENOSPC' }));
        else if (what === 'breathe') await new Promise(setImmediate);
        else if (handle === undefined) continue;
        else if (what === 'ask') pending.push(others.pause(handle.id).catch(expectCode));
        else if (what === 'other') pending.push(others.resume(handle.id).catch(expectCode));
        else if (what !== 'finish') pending.push(handle[what]().catch(expectCode));
      }
      const outcomes = [...handles.values()].map((handle) => handle.outcome());
      // Whoever asks another process has an answer, also when that one has nothing to do any more.
      await Promise.all(pending);
      for (const name of NAMES) running(name)?.fail(new Error('end'));
      await others.close();
      await downloads.close();
      for (const outcome of await Promise.all(outcomes)) expect(isActive(outcome.state)).toBe(false);
      expect(most).toBeLessThanOrEqual(MOST);
      const database = await openState(room.engine);
      const rows = database.all('SELECT id, state, destination, owner, request FROM jobs') as {
        readonly id: string;
        readonly state: DownloadState;
        readonly destination: string;
        readonly owner: number | null;
        readonly request: string | null;
      }[];
      database.close();
      for (const { id, state, destination, owner, request } of rows) {
        expect({ state, owner, request }).toEqual({ state: states.get(id), owner: null, request: null });
        expect(isActive(state)).toBe(false);
        const isLast = rows.filter((row) => row.destination === destination).length === 1;
        if (isFinal(state) && isLast) expect(existsSync(`${destination}.part`)).toBe(false);
      }
      expect(room.warnings).toEqual([]);
    }),
    { numRuns: 40 },
  );
}, 120_000);

function expectCode(error: unknown): void {
  expect(error).toMatchObject({ code: expect.stringMatching(/^DOWNLOAD_(STATE|QUEUE_CLOSED)$/) as string });
}
