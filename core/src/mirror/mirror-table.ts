import { z } from 'zod';

import type { Database } from '../download/queue/database.ts';
import type { MirrorHistory } from '../engine/hooks.ts';
import { historyOf, inexperience, taught, type Experience } from './experience.ts';
import type { MirrorLesson, MirrorMemory } from './memory.ts';

/** More mirrors than anybody uses; those that were used longest ago are forgotten first. */
const MOST_MIRRORS = 2_000;

const COLUMNS = `updated_at AS updatedAt, success, timeout, http_error AS httpError, reset, stale, corrupt,
  log_mean AS logMean, log_squares AS logSquares, weight, connect_ms AS connectMs, first_byte_ms AS firstByteMs`;

interface Row {
  readonly updatedAt: number;
  readonly success: number;
  readonly timeout: number;
  readonly httpError: number;
  readonly reset: number;
  readonly stale: number;
  readonly corrupt: number;
  readonly logMean: number;
  readonly logSquares: number;
  readonly weight: number;
  readonly connectMs: number | null;
  readonly firstByteMs: number | null;
}

/** The last millisecond that a date can have (ECMA-262, 21.4.1.1). */
const LAST_MS = 8.64e15;
/** Far from the logarithm of any speed, and far from where arithmetic ends. */
const MOST_LOG = 50;

const amount = z.number().nonnegative().max(1e15);
const rowSchema: z.ZodType<Row, unknown> = z.object({
  ...{
    updatedAt: z.number().nonnegative().max(LAST_MS),
    success: amount,
    timeout: amount,
    httpError: amount,
    reset: amount,
    stale: amount,
  },
  ...{ corrupt: amount, logMean: z.number().min(-MOST_LOG).max(MOST_LOG), logSquares: amount, weight: amount },
  connectMs: amount.nullable(),
  firstByteMs: amount.nullable(),
});

/** What is remembered of mirrors, in the database. A row that cannot be read is like one that is not there. */
export class MirrorTable implements MirrorMemory {
  readonly #database: Database;
  readonly #now: () => Date;

  constructor(database: Database, now: () => Date) {
    this.#database = database;
    this.#now = now;
  }

  recall(mirror: string): MirrorHistory | undefined {
    const experience = this.#read(mirror);
    return experience === undefined ? undefined : historyOf(experience, this.#now().getTime());
  }

  learn(mirror: string, lesson: MirrorLesson): void {
    const now = this.#now().getTime();
    this.#database.write((run) => {
      // Inside the transaction: other processes learn as well.
      const { outcomes, ...rest } = taught(this.#read(mirror) ?? inexperience(now), lesson, now);
      run(
        `INSERT OR REPLACE INTO mirrors (mirror, updated_at, success, timeout, http_error, reset, stale, corrupt,
           log_mean, log_squares, weight, connect_ms, first_byte_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[mirror, Math.round(rest.updatedAt), outcomes.success, outcomes.timeout, outcomes['http-error']],
        ...[outcomes.reset, outcomes.stale, outcomes.corrupt, rest.logMean, rest.logSquares, rest.weight],
        ...[rest.connectMs, rest.firstByteMs],
      );
      run(
        `DELETE FROM mirrors WHERE mirror IN
           (SELECT mirror FROM mirrors ORDER BY updated_at DESC, mirror LIMIT -1 OFFSET ${MOST_MIRRORS})`,
      );
    });
  }

  list(): readonly (readonly [string, MirrorHistory])[] {
    const now = this.#now().getTime();
    const rows = this.#database.all(`SELECT mirror, ${COLUMNS} FROM mirrors ORDER BY mirror`) as { mirror: string }[];
    return rows.flatMap((row) => {
      const experience = experienceFrom(row);
      return experience === undefined ? [] : [[row.mirror, historyOf(experience, now)] as const];
    });
  }

  forget(mirror?: string): number {
    return this.#database.write((run) =>
      mirror === undefined ? run('DELETE FROM mirrors') : run('DELETE FROM mirrors WHERE mirror = ?', mirror),
    );
  }

  #read(mirror: string): Experience | undefined {
    const [row] = this.#database.all(`SELECT ${COLUMNS} FROM mirrors WHERE mirror = ?`, mirror);
    return experienceFrom(row);
  }
}

function experienceFrom(row: unknown): Experience | undefined {
  const { data } = rowSchema.safeParse(row);
  if (data === undefined) return undefined;
  const { updatedAt, logMean, logSquares, weight, success, timeout, httpError, reset, stale, corrupt } = data;
  return {
    ...{ updatedAt, logMean, logSquares, weight },
    outcomes: { success, timeout, 'http-error': httpError, reset, stale, corrupt },
    connectMs: data.connectMs ?? undefined,
    firstByteMs: data.firstByteMs ?? undefined,
  };
}
