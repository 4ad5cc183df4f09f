import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { Database } from '../../src/download/queue/database.ts';
import { openMemory } from '../../src/download/queue/open-store.ts';
import { MirrorTable } from '../../src/mirror/mirror-table.ts';

let database: Database;
let now = 0;
let table: MirrorTable;
beforeEach(async () => {
  now = 1_000_000;
  database = await openMemory();
  table = new MirrorTable(database, () => new Date(now));
});
afterEach(() => {
  database.close();
});

describe('what is remembered of mirrors', () => {
  it('is there for the next one', () => {
    table.learn('https://a.example', { outcome: 'success', speed: 1e6, connectMs: 20, firstByteMs: 50 });
    table.learn('https://a.example', { outcome: 'http-error' });
    table.learn('https://b.example', { outcome: 'stale' });
    const other = new MirrorTable(database, () => new Date(now));
    expect(other.recall('https://a.example')).toMatchObject({
      outcomes: { success: 1, 'http-error': 1, stale: 0 },
      speed: { weight: 1 },
      connectMs: 20,
      firstByteMs: 50,
      lastUsed: new Date(now),
    });
    expect(other.recall('https://c.example')).toBeUndefined();
    expect(other.list().map(([mirror]) => mirror)).toEqual(['https://a.example', 'https://b.example']);
  });

  it('is forgotten, one or all', () => {
    for (const name of ['a', 'b', 'c']) table.learn(`https://${name}.example`, { outcome: 'success' });
    expect(table.forget('https://a.example')).toBe(1);
    expect(table.forget('https://a.example')).toBe(0);
    expect(table.forget()).toBe(2);
    expect(table.list()).toEqual([]);
  });

  it('is bounded: the longest unused goes first', () => {
    database.write((run) => {
      for (let index = 0; index < 2_000; index++) {
        run(
          'INSERT INTO mirrors VALUES (?, ?, 1, 0, 0, 0, 0, 0, 0, 0, 0, NULL, NULL)',
          `https://${index}.example`,
          index,
        );
      }
    });
    table.learn('https://new.example', { outcome: 'success' });
    expect(table.list()).toHaveLength(2_000);
    expect(table.recall('https://0.example')).toBeUndefined();
    expect(table.recall('https://1.example')).toBeDefined();
  });

  it.each(['weight = -5', 'updated_at = 9000000000000000', 'log_mean = 800', 'success = 9e999'])(
    'that makes no sense is not used: %s',
    (damage) => {
      table.learn('https://a.example', { outcome: 'success', speed: 1e6 });
      database.write((run) => run(`UPDATE mirrors SET ${damage}`));
      expect(table.recall('https://a.example')).toBeUndefined();
      expect(table.list()).toEqual([]);
      table.learn('https://a.example', { outcome: 'success' });
      expect(table.recall('https://a.example')?.outcomes.success).toBe(1);
    },
  );
});
