import type { Database } from './database.ts';
import { DOWNLOAD_STATES, type DownloadState } from './state.ts';

/** What all recorded downloads have come to. Sizes are bytes. */
export interface DownloadStatistics {
  /** How many there are in each state. */
  readonly downloads: Readonly<Partial<Record<DownloadState, number>>>;
  /** Received over all runs of all downloads. */
  readonly bytes: number;
  /** Bytes a second while something ran; undefined before the first one. */
  readonly meanSpeed: number | undefined;
  /** How often downloads failed or were paused, by the error's code; most frequent first. */
  readonly failures: readonly { readonly code: string; readonly count: number }[];
  /** By what each delivered, most first. */
  readonly mirrors: readonly MirrorStatistics[];
}

export interface MirrorStatistics {
  /** Without credentials and query. */
  readonly mirror: string;
  readonly downloads: number;
  readonly bytes: number;
  readonly failures: Readonly<Record<string, number>>;
}

/** Bytes and failures of mirrors, for each download. */
export class Statistics {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  addBytes(job: string, shares: readonly { readonly mirror: string; readonly bytes: number }[]): void {
    this.#database.write((run) => {
      for (const { mirror, bytes } of shares) {
        run(
          `INSERT INTO mirror_bytes (job, mirror, bytes) SELECT id, ?, ? FROM jobs WHERE id = ?
             ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes`,
          ...[mirror, bytes, job],
        );
      }
    });
  }

  addFailure(job: string, mirror: string, code: string): void {
    this.#database.write((run) =>
      run(
        `INSERT INTO mirror_failures (job, mirror, code, count) SELECT id, ?, ?, 1 FROM jobs WHERE id = ?
           ON CONFLICT DO UPDATE SET count = count + 1`,
        ...[mirror, code, job],
      ),
    );
  }

  read(): DownloadStatistics {
    const all = <Row>(sql: string): Row[] => this.#database.all(sql) as Row[];
    const states = all<{ state: DownloadState; count: number }>(
      'SELECT state, count(*) AS count FROM jobs GROUP BY state ORDER BY state',
    ).filter(({ state }) => DOWNLOAD_STATES.includes(state));
    const [sum] = all<{ bytes: number | null; ms: number | null }>(
      'SELECT sum(received) AS bytes, sum(busy_ms) AS ms FROM jobs',
    );
    const failures = all<{ code: string; count: number }>(
      `SELECT code, count(*) AS count FROM history WHERE code IS NOT NULL AND to_state IN ('failed', 'paused')
         GROUP BY code ORDER BY count DESC, code`,
    );
    const bytes = all<{ mirror: string; downloads: number; bytes: number }>(
      `SELECT mirror, count(DISTINCT job) AS downloads, sum(bytes) AS bytes FROM
         (SELECT mirror, job, bytes FROM mirror_bytes UNION ALL SELECT mirror, job, 0 FROM mirror_failures)
         GROUP BY mirror ORDER BY bytes DESC, mirror`,
    );
    const causes = all<{ mirror: string; code: string; count: number }>(
      'SELECT mirror, code, sum(count) AS count FROM mirror_failures GROUP BY mirror, code ORDER BY code',
    );
    const ms = sum?.ms ?? 0;
    return {
      downloads: Object.fromEntries(states.map(({ state, count }) => [state, count])),
      bytes: sum?.bytes ?? 0,
      meanSpeed: ms > 0 ? ((sum?.bytes ?? 0) / ms) * 1000 : undefined,
      failures: failures.map(({ code, count }) => ({ code, count })),
      mirrors: bytes.map(({ mirror, downloads, bytes: sum }) => ({
        ...{ mirror, downloads, bytes: sum },
        failures: Object.fromEntries(
          causes.filter((cause) => cause.mirror === mirror).map(({ code, count }) => [code, count]),
        ),
      })),
    };
  }
}
