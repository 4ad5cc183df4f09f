/** A connection that waits for its share of a limited rate. */
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { PartFile } from '../../../src/download/part/part-file.ts';
import { PieceMap } from '../../../src/download/part/piece-map.ts';
import { Connection, type WorkSource } from '../../../src/download/transfer/connection.ts';
import { Hosts } from '../../../src/download/transfer/hosts.ts';
import { Leases } from '../../../src/download/transfer/lease.ts';
import { Origin } from '../../../src/download/transfer/origin.ts';
import { RateLimiter } from '../../../src/download/transfer/rate-limit.ts';
import type { TransferState } from '../../../src/download/transfer/state.ts';
import { createRoom, IMPATIENT } from '../support.ts';
import { scripted } from './scripted.ts';

it('does not wait for it when it is no longer needed', async () => {
  const room = await createRoom();
  const { engine } = room;
  const { clock, now } = engine.context;
  const url = `${scripted(room, 'odd', () => ({})).url}/image.iso`;
  const hosts = new Hosts({ clock, now, perHost: 4, random: () => 0 });
  const origin = new Origin(url, 0, hosts.at(url), clock);
  const map = new PieceMap(room.content.length);
  const leases = new Leases(map);
  const part = await PartFile.open(join(room.folder, 'image.iso.part'));
  const left: number[] = [];
  const work: WorkSource = {
    next: () => undefined,
    leave: (_, { at }) => left.push(at),
    prove: () => Promise.resolve(),
    reconsider: () => Promise.resolve(),
  };
  let onWritten: () => void = () => undefined;
  const written = new Promise<void>((resolve) => {
    onWritten = resolve;
  });
  const state = {
    ...{ engine, clock, map, leases, part, origins: [origin], level: 'digest' },
    job: { label: 'image', urls: [url], digests: {}, destination: room.destination },
    patience: { ...IMPATIENT, openMs: 60_000, idleMs: 60_000 },
    // The first batch takes what may be taken for hours.
    limiter: new RateLimiter({ clock, rate: 1 }),
    signal: new AbortController().signal,
    bufferSize: () => 64 * 1024,
    onWritten,
  } as unknown as TransferState;
  const connection = new Connection(state, origin, work);
  const lease = leases.take(Infinity);
  if (lease === undefined) throw new Error('there is work');
  const run = connection.run(lease);
  await written;
  // It waits for its share from the next turn on.
  await new Promise((resolve) => setImmediate(resolve));
  connection.retire();
  await run;
  expect(left).toEqual([map.done]);
  await part.close();
});
