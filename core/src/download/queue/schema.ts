import { failure } from '../../engine/errors.ts';
import type { Database } from './database.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';

/**
 * One string a version: what leads there from the version before. Released ones are never changed. Times are
 * milliseconds since 1970, sizes are bytes.
 */
const VERSIONS: readonly string[] = [
  `
  -- Those that have downloads. "wanted_rate" is for them to read: bytes a second, 0 is unlimited.
  CREATE TABLE processes (
    id INTEGER PRIMARY KEY, identity TEXT NOT NULL, opened_at INTEGER NOT NULL, seen_at INTEGER NOT NULL,
    wanted_rate INTEGER
  ) STRICT;
  -- Only the owner changes its row, and only "request" is for others to write; without an owner anybody may.
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, label TEXT NOT NULL, destination TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL,
    reason TEXT, priority INTEGER NOT NULL, rate_limit INTEGER, request TEXT,
    owner INTEGER REFERENCES processes (id) ON DELETE SET NULL,
    done INTEGER NOT NULL, total INTEGER, speed REAL NOT NULL, received INTEGER NOT NULL, busy_ms INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX one_job_a_file ON jobs (destination) WHERE state NOT IN ('completed', 'cancelled');
  CREATE TABLE history (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, at INTEGER NOT NULL,
    from_state TEXT, to_state TEXT NOT NULL, code TEXT
  ) STRICT;
  CREATE INDEX history_of_job ON history (job);
  CREATE TABLE mirror_bytes (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, mirror TEXT NOT NULL, bytes INTEGER NOT NULL,
    PRIMARY KEY (job, mirror)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE mirror_failures (
    job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, mirror TEXT NOT NULL, code TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (job, mirror, code)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE hosts (
    name TEXT PRIMARY KEY, updated_at INTEGER NOT NULL, bytes REAL NOT NULL, ms REAL NOT NULL,
    cap INTEGER, cap_until INTEGER, parked_until INTEGER
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What uses of mirrors have taught, as it counted at "updated_at": see mirror/experience.ts.
  CREATE TABLE mirrors (
    mirror TEXT PRIMARY KEY, updated_at INTEGER NOT NULL, success REAL NOT NULL, timeout REAL NOT NULL,
    http_error REAL NOT NULL, reset REAL NOT NULL, stale REAL NOT NULL, corrupt REAL NOT NULL, log_mean REAL NOT NULL,
    log_squares REAL NOT NULL, weight REAL NOT NULL, connect_ms REAL, first_byte_ms REAL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mirrors_by_age ON mirrors (updated_at);
  `,
];

/**
 * Makes the tables, or brings those of an older version up to date.
 * @throws LoopstickError DOWNLOAD_STATE_DAMAGED when a newer program has written them
 */
export function migrate(database: Database, file: string): void {
  const version = (): number => (database.all('PRAGMA user_version') as [{ user_version: number }])[0].user_version;
  const before = version();
  if (before > VERSIONS.length) {
    const problem = `a newer Loopstick has written it (version ${before}; this one knows ${VERSIONS.length}).`;
    throw failure(QUEUE_ERRORS.damaged, { file, problem });
  }
  if (before === VERSIONS.length) return;
  database.write((run) => {
    // Another process may have done it meanwhile.
    for (const step of VERSIONS.slice(version())) {
      for (const statement of step.split(/;\s*$/m)) if (statement.trim() !== '') run(statement);
    }
    run(`PRAGMA user_version = ${VERSIONS.length}`);
  });
}
