/** What a connection does with a lease whose first piece others have begun. */
import { describe, expect, it } from 'vitest';

import { Connection, type WorkSource } from '../../../src/download/transfer/connection.ts';
import { createScene } from './scene.ts';

const MIB = 1024 * 1024;
const BEGUN = 10_000;

/** The second of two origins has a lease whose first bytes are the first one's. */
async function scene(isProven: boolean) {
  const made = await createScene(2 * MIB, [() => ({}), () => ({})]);
  await made.put(0, 0, undefined, BEGUN);
  const lease = made.state.leases.take(2 * MIB)!;
  const origin = made.origins[1]!;
  origin.proven = isProven;
  const work: WorkSource = {
    next: () => undefined,
    leave: () => undefined,
    // Nothing could be compared.
    prove: async () => undefined,
    reconsider: async () => undefined,
  };
  return { ...made, lease, asked: made.asked[1], connection: new Connection(made.state, origin, work) };
}

describe('an origin that could not be compared', () => {
  it('takes no part in a piece that somebody else is filling', async () => {
    const { state, lease, asked, connection } = await scene(false);
    lease.workers++;
    await connection.run(lease);
    expect(asked).toEqual([]);
    expect(state.map.originOf(0)).toBe(0);
    expect(state.map.fillOf(0)).toBe(BEGUN);
    expect(lease.workers).toBe(1);
  });

  it('takes no part in one of which bytes are just being written', async () => {
    const { state, lease, asked, connection } = await scene(false);
    lease.workers++;
    state.map.accept(0, 100_000, 0, 0);
    lease.at += 100_000;
    await connection.run(lease);
    expect(asked).toEqual([]);
  });

  it('begins anew what nobody else is filling', async () => {
    const { state, lease, asked, connection } = await scene(false);
    await connection.run(lease);
    expect(asked).toMatchObject([{ start: 0 }]);
    expect(state.map.originOf(0)).toBe(1);
    expect(state.map.complete).toBe(true);
  });
});

describe('an origin that was compared', () => {
  it('goes on with what somebody else has begun', async () => {
    const { state, lease, asked, connection } = await scene(true);
    lease.workers++;
    await connection.run(lease);
    expect(asked).toMatchObject([{ start: BEGUN }]);
    expect(state.map.complete).toBe(true);
  });
});
