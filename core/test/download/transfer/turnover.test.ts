/** Who goes when there are too many connections, and who does not get one in the place of others. */
import { describe, expect, it } from 'vitest';

import { Connection } from '../../../src/download/transfer/connection.ts';
import { Dispatcher } from '../../../src/download/transfer/dispatcher.ts';
import { OriginJudge } from '../../../src/download/transfer/origin-judge.ts';
import { Turnover } from '../../../src/download/transfer/turnover.ts';
import { createScene } from './scene.ts';

const MIB = 1024 * 1024;

/** A connection to each of these origins, with what it has brought in a second. */
async function scene(open: readonly (readonly [origin: number, bytes: number])[]) {
  let ms = 0;
  const made = await createScene(8 * MIB, [() => ({}), () => ({}), () => ({}), () => ({})]);
  const state = { ...made.state, clock: () => ms };
  const connections = new Set<Connection>();
  const dispatcher = new Dispatcher(state, connections);
  const all = open.map(([origin, bytes]) => {
    const connection = new Connection(state, made.origins[origin]!, undefined as never);
    connection.origin.connections++;
    connection.speed.add(bytes);
    connections.add(connection);
    return connection;
  });
  ms = 1000;
  for (const connection of all) connection.sample();
  const turnover = new Turnover(state, connections, new OriginJudge(state), dispatcher, false);
  return { ...made, turnover, retired: () => all.map(({ isRetired }) => isRetired) };
}

describe('of too many connections', () => {
  it('those go that bring clearly less than others, not the newest', async () => {
    const { turnover, retired } = await scene([
      [0, 1000],
      [1, 9000],
      [2, 8000],
    ]);
    turnover.retireBeyond(2);
    expect(retired()).toEqual([true, false, false]);
  });

  it('second ones to a mirror go first', async () => {
    const { turnover, retired } = await scene([
      [0, 9000],
      [0, 9000],
      [1, 1000],
    ]);
    turnover.retireBeyond(2);
    expect(retired()).toEqual([false, true, false]);
  });

  it('the newest goes where they are alike', async () => {
    const { turnover, retired } = await scene([
      [0, 9000],
      [1, 8800],
      [2, 9100],
    ]);
    turnover.retireBeyond(2);
    expect(retired()).toEqual([false, false, true]);
  });
});

it('a mirror that would get nothing to do takes nobody’s place', async () => {
  const { turnover, retired, origins } = await scene([
    [1, 8 * MIB],
    [1, 1],
  ]);
  const [slow] = origins;
  slow!.host.delivered(1000, 1000);
  slow!.peak = 1000;
  turnover.swap();
  expect(retired()).toEqual([false, false]);
});
