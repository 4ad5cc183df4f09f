import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import {
  canMove,
  DOWNLOAD_STATES,
  isActive,
  isFinal,
  move,
  type DownloadState,
} from '../../../src/download/queue/state.ts';

const anyState = fc.constantFrom(...DOWNLOAD_STATES);

describe('move', () => {
  test.each<[DownloadState, DownloadState]>([
    ['completed', 'queued'],
    ['cancelled', 'queued'],
    ['queued', 'completed'],
    ['downloading', 'completed'],
    ['paused', 'downloading'],
    ['failed', 'downloading'],
    ['queued', 'queued'],
  ])('refuses %s → %s', (from, to) => {
    expect(() => move(from, to, 'abc')).toThrow(expect.objectContaining({ code: 'DOWNLOAD_STATE' }));
  });

  test.each<[DownloadState, DownloadState]>([
    ['queued', 'downloading'],
    ['downloading', 'verifying'],
    ['verifying', 'downloading'],
    ['verifying', 'completed'],
    ['failed', 'queued'],
    ['paused', 'queued'],
  ])('allows %s → %s', (from, to) => {
    expect(move(from, to, 'abc')).toBe(to);
  });

  test('lets any walk from the queue end: what is not final can be cancelled, and what is final stays', () => {
    fc.assert(
      fc.property(fc.array(anyState, { maxLength: 60 }), (wishes) => {
        let state: DownloadState = 'queued';
        const seen: DownloadState[] = [state];
        for (const wish of wishes) {
          const before: DownloadState = state;
          try {
            state = move(state, wish, 'abc');
            seen.push(state);
          } catch (error) {
            expect(error).toMatchObject({ code: 'DOWNLOAD_STATE' });
            expect(canMove(before, wish)).toBe(false);
          }
          if (isFinal(before)) expect(state).toBe(before);
          else expect(canMove(state, 'cancelled') || isFinal(state)).toBe(true);
          // Only what is being worked on can be stopped for a while.
          expect(canMove(state, 'paused')).toBe(isActive(state));
        }
        // Nothing is complete that was not verified right before.
        seen.forEach((at, index) => {
          if (at === 'completed') expect(seen[index - 1]).toBe('verifying');
        });
      }),
    );
  });
});
