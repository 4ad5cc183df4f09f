/** Who is connected to next. */
import { describe, expect, it } from 'vitest';

import { OriginJudge } from '../../../src/download/transfer/origin-judge.ts';
import type { Origin } from '../../../src/download/transfer/origin.ts';
import { createScene } from './scene.ts';

const honest = (): object => ({});

describe('when there is nothing to do for the one that would be connected to next', () => {
  it('it is the one after it', async () => {
    const { state, origins } = await createScene(1_000, [honest, honest, honest]);
    const judge = new OriginJudge(state);
    expect(judge.pick(true).origin).toBe(origins[0]);
    expect(judge.pick(true, new Set(origins.slice(0, 1))).origin).toBe(origins[1]);
    expect(judge.pick(true, new Set(origins)).origin).toBeUndefined();
  });

  it('others get no more connections than they may', async () => {
    const { state, origins } = await createScene(1_000, [honest, honest]);
    const judge = new OriginJudge({ ...state, perMirror: 2 });
    const [useless, busy] = origins as readonly [Origin, Origin];
    busy.connections = 2;
    expect(judge.pick(true, new Set([useless])).origin).toBeUndefined();
  });
});
