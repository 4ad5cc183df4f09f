import type Libsql from 'libsql';

import { failure, messageOf, systemCode } from '../../engine/errors.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';

export type Value = string | number | null | undefined;

/** The little that the queue wants of SQLite. All calls are synchronous and take fractions of a millisecond. */
export interface Database {
  all(sql: string, ...values: readonly Value[]): unknown[];
  /**
   * One transaction, which no other writer interrupts and which is undone when `work` throws. `run` returns how many
   * rows were changed. There is no other way to write: see docs/decisions/0020.
   */
  write<T>(work: (run: (sql: string, ...values: readonly Value[]) => number) => T): T;
  /** Changes whenever another connection has written something. */
  dataVersion(): number;
  close(): void;
}

/** How long a transaction of another process is waited for; they are over within milliseconds. */
const BUSY_MS = 2_000;

/**
 * @param file absolute path, or `:memory:`
 * @throws LoopstickError DOWNLOAD_STATE_NO_SQLITE; what `systemError` makes of SQLite's own errors
 */
export async function openDatabase(file: string): Promise<Database> {
  // Its binary is an optional package of its own for each platform, which may be missing or not fit this one.
  const { default: Sqlite } = await import('libsql').catch((error: unknown) => {
    const [problem = ''] = messageOf(error).split('\n');
    throw failure(QUEUE_ERRORS.missing, { problem }, { cause: error });
  });
  return wrap(() => new SqliteDatabase(new Sqlite(file, { timeout: BUSY_MS })));
}

/** Remembers nothing: for machines without SQLite. What this process itself downloads, its queue knows. */
export const NO_DATABASE: Database = {
  all: () => [],
  write: (work) => work(() => 0),
  dataVersion: () => 0,
  close: () => undefined,
};

class SqliteDatabase implements Database {
  readonly #database: Libsql.Database;
  readonly #statements = new Map<string, Libsql.Statement>();

  constructor(database: Libsql.Database) {
    this.#database = database;
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
      database.exec('PRAGMA journal_mode = WAL');
      // A power loss may cost the last moments of the queue. What is on disk of a file, its `.resume` says.
      database.exec('PRAGMA synchronous = NORMAL');
      database.exec('PRAGMA foreign_keys = ON');
      // Addresses may hold passwords: what is overwritten or removed is not left in the file.
      database.exec('PRAGMA secure_delete = ON');
    } catch (error) {
      database.close();
      throw error;
    }
  }

  all(sql: string, ...values: readonly Value[]): unknown[] {
    return wrap(() => this.#prepared(sql).all(...values.map(toSql)));
  }

  write<T>(work: (run: (sql: string, ...values: readonly Value[]) => number) => T): T {
    return wrap(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work((sql, ...values) => this.#prepared(sql).run(...values.map(toSql)).changes);
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite undoes some transactions itself, for instance when the disk is full.
        if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  dataVersion(): number {
    const [row] = this.all('PRAGMA data_version') as [{ data_version: number }];
    return row.data_version;
  }

  close(): void {
    try {
      // As the last to leave would: libsql closes only when the statements are collected as garbage. What was overwritten
      // must not stay in the log either.
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // The next one to come does it.
    }
    this.#statements.clear();
    this.#database.close();
  }

  #prepared(sql: string): Libsql.Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

function toSql(value: Value): string | number | null {
  return value ?? null;
}

function wrap<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw systemError(error);
  }
}

/** What SQLite's result codes say of the system (sqlite.org/rescode.html); the longer ones begin with these. */
const SYSTEM_CODES: readonly (readonly [string, string])[] = [
  ['SQLITE_FULL', 'ENOSPC'],
  ['SQLITE_IOERR', 'EIO'],
  ['SQLITE_READONLY', 'EROFS'],
  ['SQLITE_PERM', 'EACCES'],
];

/** The error itself, or one with the code of the system that stands behind it. */
function systemError(error: unknown): unknown {
  if (systemCode(error) !== undefined) return error;
  const sqlite = sqliteCode(error);
  const code = SYSTEM_CODES.find(([prefix]) => sqlite?.startsWith(prefix))?.[1];
  if (code === undefined || !(error instanceof Error)) return error;
  return Object.assign(new Error(`${code}: ${error.message}`, { cause: error }), { code });
}

/** `SQLITE_CORRUPT` and the like. */
function sqliteCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined;
}

/** Somebody else writes, and for longer than was waited. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED)/.test(sqliteCode(error) ?? '');
}

/** The file is no database, or not a whole one. */
export function isDamage(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(sqliteCode(error) ?? '');
}
