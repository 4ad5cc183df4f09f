/** A mirror that is far away is compared while its first lease still runs. */
import { describe, expect, it } from 'vitest';

import { Connection } from '../../../src/download/transfer/connection.ts';
import { OriginJudge } from '../../../src/download/transfer/origin-judge.ts';
import { OriginProof } from '../../../src/download/transfer/origin-proof.ts';
import { ProofAhead } from '../../../src/download/transfer/proof-ahead.ts';
import { createScene } from './scene.ts';
import type { Said } from './scripted.ts';

const MIB = 1024 * 1024;
const SIZE = 4 * MIB;
const FAR_MS = 400;

/** Somebody has sent a piece, and another one is at work on his first lease. */
async function scene(answerMs: number, answer: () => Said = () => ({})) {
  const made = await createScene(SIZE, [() => ({}), answer, () => ({})]);
  const { state, origins } = made;
  const ahead = new ProofAhead(state, new OriginProof(state, new OriginJudge(state), () => undefined));
  const origin = origins[1]!;
  const connection = new Connection(state, origin, undefined as never);
  origin.connected(0);
  connection.isReading = true;
  origin.answerMs = answerMs;
  const failed: string[] = [];
  connection.fail = (error) => failed.push(error.code);
  const settled = (): Promise<void> => expect.poll(() => ahead.size, { interval: 5, timeout: 10_000 }).toBe(0);
  return { ...made, ahead, origin, connection, failed, settled };
}

describe('one that is at work', () => {
  it('is compared as soon as there is something to compare it with, once', async () => {
    const { ahead, connection, origin, asked, put, settled } = await scene(FAR_MS);
    ahead.check([connection]);
    expect(ahead.size).toBe(0);
    await put(0, 0);
    ahead.check([connection]);
    ahead.check([connection]);
    expect(ahead.size).toBe(1);
    await settled();
    expect(origin.proven).toBe(true);
    expect(asked[1]).toHaveLength(2);
    expect(origin.host.connections).toBe(0);
  });

  it('is given up when it has another file', async () => {
    const { ahead, connection, origin, failed, put, settled } = await scene(FAR_MS, () => ({
      bytes: Buffer.alloc(SIZE),
    }));
    await put(0, 0);
    ahead.check([connection]);
    await settled();
    expect(failed).toEqual(['DOWNLOAD_DIFFERENT_FILE']);
    expect(origin.proven).toBe(false);
  });

  it('goes on when the second request fails', async () => {
    const { ahead, connection, origin, failed, put, settled } = await scene(FAR_MS, () => ({ unsatisfiable: SIZE }));
    await put(0, 0);
    ahead.check([connection]);
    await settled();
    expect(failed).toEqual([]);
    expect(origin.proven).toBe(false);
  });

  it('is left alone when it is near, or has a second connection already', async () => {
    const near = await scene(5);
    await near.put(0, 0);
    near.ahead.check([near.connection]);
    const twice = await scene(FAR_MS);
    await twice.put(0, 0);
    twice.origin.connected(0);
    twice.ahead.check([twice.connection]);
    expect([near.ahead.size, twice.ahead.size]).toEqual([0, 0]);
  });
});
