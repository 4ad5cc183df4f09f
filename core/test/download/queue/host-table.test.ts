/** Two processes that learn of one host, and what the database makes of it. */
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { HostTable } from '../../../src/download/queue/host-table.ts';
import { openMemory } from '../../../src/download/queue/open-store.ts';
import type { HostRecord } from '../../../src/download/transfer/host-record.ts';

const HOST = 'https://mirror.example';
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

let mine: HostTable;
let theirs: HostTable;
beforeEach(async () => {
  const database = await openMemory();
  onTestFinished(() => {
    database.close();
  });
  [mine, theirs] = [new HostTable(database), new HostTable(database)];
});

function learn(table: HostTable, updatedAt: number, more: Partial<HostRecord> = {}): void {
  table.save(HOST, { updatedAt, bytes: 100, ms: 10, ...more });
  table.flush();
}

describe('what another process has learned of a host', () => {
  it('stays when this one did not know of it', () => {
    const asked = { cap: 2, capUntil: NOW + 24 * HOUR, parkedUntil: NOW + HOUR };
    learn(theirs, NOW, asked);
    learn(mine, NOW + 1000, { bytes: 200 });
    expect(theirs.load(HOST)).toEqual({ updatedAt: NOW + 1000, bytes: 200, ms: 10, ...asked });
  });

  it('stays when it holds longer, and gives way when it does not', () => {
    learn(theirs, NOW, { cap: 2, capUntil: NOW + 2 * HOUR, parkedUntil: NOW + 1000 });
    learn(mine, NOW + 500, { cap: 1, capUntil: NOW + HOUR, parkedUntil: NOW + 2000 });
    expect(mine.load(HOST)).toMatchObject({ cap: 2, capUntil: NOW + 2 * HOUR, parkedUntil: NOW + 2000 });
    learn(mine, NOW + 600, { cap: 1, capUntil: NOW + 3 * HOUR });
    expect(theirs.load(HOST)).toMatchObject({ cap: 1, capUntil: NOW + 3 * HOUR, parkedUntil: NOW + 2000 });
  });

  it('is known here before what was learned here is in the database', () => {
    mine.save(HOST, { updatedAt: NOW, bytes: 100, ms: 10 });
    learn(theirs, NOW, { parkedUntil: NOW + HOUR });
    expect(mine.load(HOST)).toMatchObject({ parkedUntil: NOW + HOUR });
  });

  it('is over in its time', () => {
    learn(theirs, NOW, { cap: 2, capUntil: NOW + HOUR, parkedUntil: NOW + HOUR });
    learn(mine, NOW + 2 * HOUR);
    expect(theirs.load(HOST)).toEqual({ updatedAt: NOW + 2 * HOUR, bytes: 100, ms: 10 });
  });

  it('is not made to last longer by a clock that was set back', () => {
    learn(theirs, NOW + 48 * HOUR, { cap: 2, capUntil: NOW + 50 * HOUR, parkedUntil: NOW + 49 * HOUR });
    learn(mine, NOW);
    expect(mine.load(HOST)).toMatchObject({ cap: 2, capUntil: NOW + 2 * HOUR, parkedUntil: NOW + HOUR });
  });
});
