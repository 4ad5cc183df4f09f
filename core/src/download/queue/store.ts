import type { Context } from '../../engine/context.ts';
import type { ProcessIdentity } from '../../engine/process-identity.ts';
import { mirrorName } from '../../mirror/mirror-name.ts';
import type { DownloadJob } from '../job.ts';
import type { Database } from './database.ts';
import { parseRecord, type JobRecord, type JobRequest, type Reason } from './job-record.ts';
import { canMove, isActive, isFinal, type DownloadState } from './state.ts';

/** What a new download begins with. */
export interface NewJob {
  readonly id: string;
  readonly job: DownloadJob;
  readonly priority: number;
  readonly rateLimit: number | undefined;
  readonly createdAt: Date;
}

/** A download as its owner knows it. */
export type OwnRecord = Omit<JobRecord, 'owner' | 'request' | 'updatedAt'>;

type Run = Parameters<Parameters<Database['write']>[0]>[0];

const SELECT = 'SELECT jobs.*, processes.identity FROM jobs LEFT JOIN processes ON processes.id = jobs.owner';
const UNFINISHED = "state NOT IN ('completed', 'cancelled')";
const ACTIVE = "state IN ('queued', 'downloading', 'verifying')";

/** The jobs of the queue and the processes that have them. */
export class Store {
  readonly #database: Database;
  readonly #now: () => Date;
  readonly #random: (length: number) => Uint8Array;
  readonly #onUnreadable: (id: string) => void;

  /** @param onUnreadable told of rows that make no sense here, and are left out */
  constructor(
    database: Database,
    { now, random }: Pick<Context, 'now' | 'random'>,
    onUnreadable: (id: string) => void,
  ) {
    this.#onUnreadable = onUnreadable;
    this.#database = database;
    this.#now = now;
    this.#random = random;
  }

  /** Highest priority first, then oldest. */
  jobs(): JobRecord[] {
    return this.#read(`${SELECT} ORDER BY priority DESC, created_at, jobs.id`);
  }

  job(id: string): JobRecord | undefined {
    return this.#read(`${SELECT} WHERE jobs.id = ?`, id)[0];
  }

  /** The download of this file that is not over, failed ones included. */
  jobAt(destination: string): JobRecord | undefined {
    return this.#read(`${SELECT} WHERE destination = ? AND ${UNFINISHED}`, destination)[0];
  }

  /**
   * Queues a download for this process: as a new one, or by taking over what is recorded of the same file and belongs to
   * nobody. When another process has it, that one's record is returned, with its owner; undefined when nothing could be
   * recorded.
   */
  add({ id, job, priority, rateLimit, createdAt }: NewJob, owner: number): JobRecord | undefined {
    return this.#database.write((run) => {
      const found = this.jobAt(job.destination);
      if (found?.owner !== undefined && found.owner.id !== owner) return found;
      const own = found?.id ?? id;
      const [spec, now] = [JSON.stringify(job), this.#now().getTime()];
      if (found === undefined) {
        run(
          `INSERT INTO jobs (id, label, destination, spec, state, priority, rate_limit, owner, done, total, speed,
             received, busy_ms, created_at, updated_at) VALUES (?, ?, ?, ?, 'queued', ?, ?, ?, 0, ?, 0, 0, 0, ?, ?)`,
          ...[id, job.label, job.destination, spec, priority, rateLimit, owner, job.size, createdAt.getTime(), now],
        );
      } else {
        run(
          `UPDATE jobs SET label = ?, spec = ?, state = 'queued', reason = NULL, request = NULL, priority = ?,
             rate_limit = ?, owner = ?, updated_at = ? WHERE id = ?`,
          ...[job.label, spec, priority, rateLimit, owner, now, own],
        );
      }
      if (found?.state !== 'queued') this.#remember(run, own, found?.state, 'queued', undefined);
      return this.job(own);
    });
  }

  /** Queues a download that belongs to nobody for this process. False when it has an owner, or cannot be queued. */
  claim(id: string, owner: number): boolean {
    return this.#database.write((run) => {
      const found = this.job(id);
      if (found === undefined || found.owner !== undefined || !canMove(found.state, 'queued')) return false;
      run("UPDATE jobs SET state = 'queued', reason = NULL, request = NULL, owner = ? WHERE id = ?", owner, id);
      this.#remember(run, id, found.state, 'queued', undefined);
      return true;
    });
  }

  /** Records how a download of this process is doing; `from` when its state has changed. */
  save(record: OwnRecord, owner: number, from?: DownloadState): void {
    const { id, label, destination, job, state, reason, priority, rateLimit, done, total, speed } = record;
    const values = [
      ...[state, reason === undefined ? undefined : JSON.stringify(reason), done, total, speed, record.received],
      ...[record.busyMs, this.#now().getTime(), record.startedAt?.getTime(), record.finishedAt?.getTime()],
    ];
    this.#database.write((run) => {
      const changed = run(
        `UPDATE jobs SET state = ?, reason = ?, done = ?, total = ?, speed = ?, received = ?, busy_ms = ?,
           updated_at = ?, started_at = ?, finished_at = ? WHERE id = ? AND owner = ?`,
        ...values,
        ...[id, owner],
      );
      // The disk may have been full when it was added.
      const isMissing = changed === 0 && this.job(id) === undefined;
      if (isMissing) {
        run(
          `INSERT INTO jobs (state, reason, done, total, speed, received, busy_ms, updated_at, started_at, finished_at,
             id, owner, label, destination, spec, priority, rate_limit, created_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          ...values,
          ...[id, owner, label, destination, JSON.stringify(job), priority, rateLimit, record.createdAt.getTime()],
        );
      }
      if (from !== undefined && (changed > 0 || isMissing)) this.#remember(run, id, from, state, reason?.code);
      if (isFinal(state) && job !== undefined) this.#forgetSecrets(run, id, job);
    });
  }

  /** Cancels a download that belongs to nobody. False when it has an owner or is over. */
  cancel(id: string): boolean {
    return this.#database.write((run) => {
      const found = this.job(id);
      if (found === undefined || found.owner !== undefined || !canMove(found.state, 'cancelled')) return false;
      const now = this.#now().getTime();
      run("UPDATE jobs SET state = 'cancelled', updated_at = ?, finished_at = ? WHERE id = ?", now, now, id);
      this.#remember(run, id, found.state, 'cancelled', undefined);
      if (found.job !== undefined) this.#forgetSecrets(run, id, found.job);
      return true;
    });
  }

  /** Asks the owner of a download for something. */
  ask(id: string, request: JobRequest): void {
    this.#database.write((run) => run('UPDATE jobs SET request = ? WHERE id = ? AND owner IS NOT NULL', request, id));
  }

  /** What others ask of this process. */
  asked(owner: number): { readonly id: string; readonly request: JobRequest }[] {
    const rows = this.#database.all('SELECT id, request FROM jobs WHERE owner = ? AND request IS NOT NULL', owner);
    return rows as { id: string; request: JobRequest }[];
  }

  /** Does not take away what was asked for meanwhile. */
  answered(id: string, request: JobRequest): void {
    this.#database.write((run) => run('UPDATE jobs SET request = NULL WHERE id = ? AND request = ?', id, request));
  }

  /** @param before of the last change @returns the destinations of what was removed */
  prune(before: Date): { readonly id: string; readonly destination: string; readonly state: DownloadState }[] {
    return this.#database.write((run) => {
      const old = this.jobs().filter(
        ({ owner, state, updatedAt }) =>
          owner === undefined && !isActive(state) && state !== 'paused' && updatedAt < before,
      );
      for (const { id } of old) run('DELETE FROM jobs WHERE id = ?', id);
      return old;
    });
  }

  /** Lets a process have downloads. Returns the number by which it is known here. */
  enter(identity: ProcessIdentity): number {
    const now = this.#now().getTime();
    return this.#database.write((run) => {
      // Not one that was in use: whoever believes to have it must not be taken for this process.
      const id = Buffer.from(this.#random(6)).readUIntBE(0, 6);
      run(
        'INSERT INTO processes (id, identity, opened_at, seen_at) VALUES (?, ?, ?, ?)',
        ...[id, JSON.stringify(identity), now, now],
      );
      return id;
    });
  }

  /** Says that it is still there. */
  seen(owner: number): void {
    this.#database.write((run) => run('UPDATE processes SET seen_at = ? WHERE id = ?', this.#now().getTime(), owner));
  }

  processes(): { readonly id: number; readonly identity: string; readonly seenAt: number }[] {
    const rows = this.#database.all('SELECT id, identity, seen_at AS seenAt FROM processes');
    return rows as { id: number; identity: string; seenAt: number }[];
  }

  /** A process has ended: what it had belongs to nobody, and what it was working on is paused. */
  remove(owner: number, reasonFor: (id: string) => Reason): void {
    this.#database.write((run) => {
      const active = this.#database.all(`SELECT id, state FROM jobs WHERE owner = ? AND ${ACTIVE}`, owner);
      for (const { id, state } of active as { id: string; state: DownloadState }[]) {
        const reason = reasonFor(id);
        run(
          "UPDATE jobs SET state = 'paused', reason = ?, speed = 0, updated_at = ? WHERE id = ?",
          ...[JSON.stringify(reason), this.#now().getTime(), id],
        );
        this.#remember(run, id, state, 'paused', reason.code);
      }
      run('UPDATE jobs SET request = NULL WHERE owner = ?', owner);
      run('DELETE FROM processes WHERE id = ?', owner);
    });
  }

  /** What is there of a download that belongs to nobody, as its part says. */
  correct(id: string, { done, total }: { readonly done: number; readonly total: number }): void {
    this.#database.write((run) =>
      run('UPDATE jobs SET done = ?, total = ? WHERE id = ? AND owner IS NULL', done, total, id),
    );
  }

  /** Asks all processes but this one to download no faster. Returns how many there are. */
  wantRate(rate: number | undefined, except: number): number {
    return this.#database.write((run) => run('UPDATE processes SET wanted_rate = ? WHERE id <> ?', rate ?? 0, except));
  }

  /** The rate that others want of this process; asked for once. */
  takeWantedRate(owner: number): { readonly rate: number | undefined } | undefined {
    const rows = this.#database.all('SELECT wanted_rate AS rate FROM processes WHERE id = ?', owner);
    const [{ rate } = { rate: null }] = rows as { rate: number | null }[];
    if (rate === null) return undefined;
    this.#database.write((run) => run('UPDATE processes SET wanted_rate = NULL WHERE id = ?', owner));
    return { rate: rate === 0 ? undefined : rate };
  }

  #read(sql: string, ...values: readonly string[]): JobRecord[] {
    return this.#database.all(sql, ...values).flatMap((row) => {
      const record = parseRecord(row);
      if (record === undefined) this.#onUnreadable(String((row as { id: unknown }).id));
      return record ?? [];
    });
  }

  /** What is over asks nobody any more, so it needs no passwords and tokens. */
  #forgetSecrets(run: Run, id: string, job: DownloadJob): void {
    const { urls, image } = job;
    const spec = {
      ...job,
      urls: urls.map(mirrorName),
      image: image === undefined ? undefined : { ...image, urls: image.urls.map(mirrorName) },
    };
    run('UPDATE jobs SET spec = ? WHERE id = ?', JSON.stringify(spec), id);
  }

  #remember(run: Run, id: string, from: DownloadState | undefined, to: DownloadState, code: string | undefined): void {
    run(
      'INSERT INTO history (job, at, from_state, to_state, code) VALUES (?, ?, ?, ?, ?)',
      ...[id, this.#now().getTime(), from, to, code],
    );
  }
}
