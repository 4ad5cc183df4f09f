import { hostRecordSchema, type HostMemory, type HostRecord } from '../transfer/host-record.ts';
import type { Database } from './database.ts';

/**
 * Hosts in the database. What is learned is kept in memory until `flush`: it is learned many times a second, and a
 * connection does not wait for another process's transaction.
 */
export class HostTable implements HostMemory {
  readonly #database: Database;
  readonly #learned = new Map<string, HostRecord>();

  constructor(database: Database) {
    this.#database = database;
  }

  load(host: string): HostRecord | undefined {
    const learned = this.#learned.get(host);
    if (learned !== undefined) return learned;
    const [row] = this.#database.all(
      `SELECT updated_at AS updatedAt, bytes, ms, cap, cap_until AS capUntil, parked_until AS parkedUntil
         FROM hosts WHERE name = ?`,
      host,
    );
    if (row === undefined) return undefined;
    const known = Object.entries(row as object).filter(([, value]) => value !== null);
    return hostRecordSchema.safeParse(Object.fromEntries(known)).data;
  }

  save(host: string, record: HostRecord): void {
    this.#learned.set(host, record);
  }

  flush(): void {
    if (this.#learned.size === 0) return;
    this.#database.write((run) => {
      for (const [name, { updatedAt, bytes, ms, cap, capUntil, parkedUntil }] of this.#learned) {
        run(
          `INSERT INTO hosts (name, updated_at, bytes, ms, cap, cap_until, parked_until) VALUES (?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT DO UPDATE SET updated_at = excluded.updated_at, bytes = excluded.bytes, ms = excluded.ms,
             cap = excluded.cap, cap_until = excluded.cap_until, parked_until = excluded.parked_until`,
          ...[name, updatedAt, bytes, ms, cap, whole(capUntil), whole(parkedUntil)],
        );
      }
    });
    this.#learned.clear();
  }
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
