import { hostRecordSchema, keepingLater, type HostMemory, type HostRecord } from '../transfer/host-record.ts';
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
    const stored = this.#read(host);
    return learned === undefined ? stored : keepingLater(learned, stored);
  }

  save(host: string, record: HostRecord): void {
    this.#learned.set(host, record);
  }

  flush(): void {
    if (this.#learned.size === 0) return;
    this.#database.write((run) => {
      for (const [name, learned] of this.#learned) {
        // Inside the transaction: other processes learn as well.
        const record = keepingLater(learned, this.#read(name));
        const { updatedAt, bytes, ms, cap, capUntil, parkedUntil } = record;
        run(
          `INSERT OR REPLACE INTO hosts (name, updated_at, bytes, ms, cap, cap_until, parked_until)
             VALUES (?, ?, ?, ?, ?, ?, ?)`,
          ...[name, updatedAt, bytes, ms, cap, whole(capUntil), whole(parkedUntil)],
        );
      }
    });
    this.#learned.clear();
  }

  #read(host: string): HostRecord | undefined {
    const [row] = this.#database.all(
      `SELECT updated_at AS updatedAt, bytes, ms, cap, cap_until AS capUntil, parked_until AS parkedUntil
         FROM hosts WHERE name = ?`,
      host,
    );
    if (row === undefined) return undefined;
    const known = Object.entries(row as object).filter(([, value]) => value !== null);
    return hostRecordSchema.safeParse(Object.fromEntries(known)).data;
  }
}

function whole(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.round(ms);
}
