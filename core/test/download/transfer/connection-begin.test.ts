/** What a connection does with a lease whose first piece others have begun, and with a server that sends whole files. */
import { describe, expect, it } from 'vitest';

import { Connection, type WorkSource } from '../../../src/download/transfer/connection.ts';
import type { Lease } from '../../../src/download/transfer/lease.ts';
import type { Origin } from '../../../src/download/transfer/origin.ts';
import { createScene } from './scene.ts';
import type { Said } from './scripted.ts';

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

describe('a server that turns out to send whole files', () => {
  const whole = (): Said => ({ isWhole: true });

  async function streams(others: Partial<Pick<Origin, 'streamOnly' | 'connections'>>) {
    const { state, origins, asked } = await createScene(2 * MIB, [whole, () => ({})]);
    const lease = state.leases.take(2 * MIB, MIB)!;
    Object.assign(origins[1]!, others);
    const leave = (_: unknown, left: Lease): void => state.leases.release(left);
    const work: WorkSource = {
      ...{ next: () => undefined, leave, prove: async () => undefined, reconsider: async () => undefined },
    };
    await new Connection(state, origins[0]!, work).run(lease);
    return { state, origin: origins[0]!, taken: asked[0]?.[0]?.taken };
  }

  it('is read from its beginning', async () => {
    const { state } = await streams({});
    expect(state.map.done).toBe(MIB);
  });

  it('is asked once for all that is free behind its lease', async () => {
    const { state, origins, asked } = await createScene(2 * MIB, [whole]);
    const { leases } = state;
    const work: WorkSource = {
      next: (_, from) => leases.take(Infinity, from),
      leave: (_, left) => leases.release(left),
      prove: async () => undefined,
      reconsider: async () => undefined,
    };
    await new Connection(state, origins[0]!, work).run(leases.take(MIB)!);
    expect(state.map.complete).toBe(true);
    expect(asked[0]).toHaveLength(1);
  });

  it('is let go of while another one sends the same', async () => {
    const { state, origin, taken } = await streams({ streamOnly: true, connections: 1 });
    expect(taken).toBe(0);
    expect(origin).toMatchObject({ streamOnly: true, out: undefined });
    expect(state.leases.take(2 * MIB)?.end).toBe(2 * MIB);
  });
});
