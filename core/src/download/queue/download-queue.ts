import { resolve } from 'node:path';

import type { Engine } from '../../engine/engine.ts';
import { failure } from '../../engine/errors.ts';
import type { ProcessIdentity } from '../../engine/process-identity.ts';
import type { EngineEvents } from '../../engine/events.ts';
import { MirrorTable } from '../../mirror/mirror-table.ts';
import type { downloadFile } from '../download.ts';
import type { DownloadJob, DownloadOptions, DownloadResult } from '../job.ts';
import { discardUnused } from '../leftovers.ts';
import { freeSpaceIn } from '../space.ts';
import { Hosts } from '../transfer/hosts.ts';
import { randomOf } from '../transfer/random.ts';
import { RateLimiter } from '../transfer/rate-limit.ts';
import { confirmPresent } from './confirm-present.ts';
import { control, type Controlled, type ControlSide } from './control.ts';
import type { Database } from './database.ts';
import type { AddDownloadOptions, Downloads } from './downloads.ts';
import { endedReason, findEnded } from './ended-processes.ts';
import { findRecord } from './find-record.ts';
import { FollowedDownload } from './followed-download.ts';
import type { DownloadHandle } from './handle.ts';
import { HostTable } from './host-table.ts';
import { newJobId } from './job-id.ts';
import type { JobRecord, JobRequest } from './job-record.ts';
import { stateFile } from './open-store.ts';
import { isSameFile, OwnDownload } from './own-download.ts';
import { QUEUE_ERRORS } from './queue-errors.ts';
import { Recorder } from './recorder.ts';
import { presentBytes } from './present-bytes.ts';
import { reservedBy } from './reserved-space.ts';
import { isActive, isFinal, type DownloadState } from './state.ts';
import { Statistics, type DownloadStatistics } from './statistics.ts';
import { Store } from './store.ts';
import { removeUnreadable } from './unreadable.ts';

/** How often it is recorded how far downloads are. */
const SAVE_MS = 1_000;

export interface QueueOptions {
  readonly signal: AbortSignal | undefined;
  readonly run: typeof downloadFile;
  readonly clock: () => number;
  readonly lookMs: number;
  readonly identity: ProcessIdentity;
}

/** The queue of this process, and the way to those of others. */
export class DownloadQueue implements Downloads {
  readonly #engine: Engine;
  readonly #database: Database;
  readonly #store: Store;
  readonly #statistics: Statistics;
  readonly #hostTable: HostTable;
  readonly #mirrorTable: MirrorTable;
  readonly #hosts: Hosts;
  readonly #limiter: RateLimiter;
  readonly #recorder: Recorder;
  readonly #options: QueueOptions;
  readonly #own = new Map<string, OwnDownload>();
  readonly #followed = new Set<FollowedDownload>();
  /** Downloads for which a request of another process is being carried out. */
  readonly #obeying = new Set<string>();
  /** This process in the database; from its first download on. */
  #process: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #dataVersion: number | undefined;
  #savedAt: number;
  #closed: Promise<void> | undefined;

  constructor(engine: Engine, database: Database, options: QueueOptions) {
    const { context, settings } = engine;
    const { clock } = options;
    this.#engine = engine;
    this.#database = database;
    this.#options = options;
    this.#statistics = new Statistics(database);
    this.#hostTable = new HostTable(database);
    this.#mirrorTable = new MirrorTable(database, context.now);
    this.#recorder = new Recorder(engine);
    this.#store = new Store(database, context, this.#recorder.skip);
    this.#limiter = new RateLimiter({ clock, rate: settings.downloads.rateLimit });
    this.#hosts = new Hosts({
      ...{ clock, now: context.now, memory: this.#hostTable, perHost: settings.downloads.connectionsPerHost },
      random: randomOf(engine),
    });
    this.#savedAt = clock();
    engine.events.on('failover', this.#onFailover);
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  async add(job: DownloadJob, { priority = 0, rateLimit }: AddDownloadOptions = {}): Promise<DownloadHandle> {
    this.#options.signal?.throwIfAborted();
    const wanted = { ...job, destination: resolve(job.destination) };
    await this.#ready();
    const here = [...this.#own.values()].find(
      ({ destination, state }) => destination === wanted.destination && !isFinal(state),
    );
    if (here !== undefined) {
      this.#requireSame(wanted, here.job, here);
      await here.resume();
      return here;
    }
    const next = this.#take(wanted, priority, rateLimit);
    if ('outcome' in next) return next;
    this.#requireSame(wanted, next.job, next);
    const follower = this.#follow(next, wanted, priority, rateLimit);
    this.#watch();
    return follower;
  }

  async list({ states }: { readonly states?: readonly DownloadState[] | undefined } = {}): Promise<
    readonly JobRecord[]
  > {
    await this.#ready();
    return this.#records().filter(({ state }) => states?.includes(state) ?? true);
  }

  async get(id: string): Promise<JobRecord> {
    await this.#ready();
    return this.#find(id);
  }

  async pause(id: string): Promise<JobRecord> {
    return (await this.#control(id, 'pause')).record;
  }

  async resume(id: string): Promise<Controlled> {
    return this.#control(id, 'resume');
  }

  async cancel(id: string): Promise<JobRecord> {
    return (await this.#control(id, 'cancel')).record;
  }

  async stats(): Promise<DownloadStatistics> {
    await this.#ready();
    this.#save();
    return this.#statistics.read();
  }

  async prune({ olderThanMs }: { readonly olderThanMs: number }): Promise<{ records: number; parts: number }> {
    await this.#ready();
    const { now } = this.#engine.context;
    const before = new Date(now().getTime() - olderThanMs);
    const unreadable = removeUnreadable(this.#database, before);
    const removed = this.#store.prune(before);
    let parts = 0;
    for (const { destination, state } of removed) {
      if (state !== 'failed' || this.#store.jobAt(destination) !== undefined) continue;
      if (await discardUnused(destination, this.#engine.context)) parts++;
    }
    return { records: removed.length + unreadable, parts };
  }

  async setRateLimit(
    rate: number | undefined,
    { everywhere = false }: { readonly everywhere?: boolean | undefined } = {},
  ): Promise<number> {
    this.#limiter.rate = rate;
    if (!everywhere) return 0;
    await this.#ready();
    return this.#store.wantRate(rate, this.#process ?? 0);
  }

  async reservedSpace(folder: string): Promise<number> {
    await this.#ready();
    return reservedBy(this.#records(), folder);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    await this.#pauseAll(failure(QUEUE_ERRORS.closed, {}));
    clearInterval(this.#timer);
    await this.#looking;
    this.#engine.events.off('failover', this.#onFailover);
    this.#save();
    const owner = this.#process;
    if (owner !== undefined) {
      this.#recorder.try(() => {
        this.#store.remove(owner, endedReason);
      });
    }
    this.#database.close();
  }

  readonly #onAbort = (): void => {
    const reason: unknown = this.#options.signal?.reason;
    void this.#pauseAll(reason instanceof Error ? reason : failure(QUEUE_ERRORS.closed, {}));
  };

  readonly #onFailover = ({ label, mirror, error }: EngineEvents['failover'][0]): void => {
    const own = [...this.#own.values()].find((each) => each.label === label && each.isRunning);
    if (own !== undefined) this.#recorder.try(() => this.#statistics.addFailure(own.id, mirror, error.code));
  };

  async #pauseAll(reason: Error): Promise<void> {
    const all = [...this.#own.values(), ...this.#followed].filter(({ state }) => isActive(state));
    // Those that wait first: otherwise they would take the places of those that end.
    all.sort((a, b) => Number(a.state !== 'queued') - Number(b.state !== 'queued'));
    await Promise.all(all.map((each) => each.pause(reason).catch(() => undefined)));
  }

  /** As one of this process, when it belongs to nobody else; otherwise the record of whose it is. */
  #take(job: DownloadJob, priority: number, rateLimit: number | undefined): OwnDownload | JobRecord {
    const createdAt = this.#engine.context.now();
    const fresh = { id: newJobId(this.#engine.context.random), job, priority, rateLimit, createdAt };
    const record = this.#recorder.try(() => this.#store.add(fresh, this.#enter()));
    if (record !== undefined && record.owner?.id !== this.#process) return record;
    const { destination, label } = job;
    return this.#adopt(
      record ?? {
        ...{ ...fresh, destination, label, done: 0, total: job.size, speed: 0, received: 0, busyMs: 0 },
        ...{ startedAt: undefined, finishedAt: undefined },
      },
      job,
    );
  }

  #adopt(record: ConstructorParameters<typeof OwnDownload>[0], job: DownloadJob): OwnDownload {
    const { now } = this.#engine.context;
    const own = new OwnDownload(record, job, {
      ...{ clock: this.#options.clock, now },
      run: (download, options) => this.#run(download, options),
      discard: async (destination) => {
        await discardUnused(destination, this.#engine.context);
      },
      requireOpen: () => {
        this.#requireOpen();
      },
      moved: (download, from) => {
        this.#moved(download, from);
      },
    });
    this.#own.set(own.id, own);
    this.#emit(own, undefined);
    this.#watch();
    this.#startNext();
    return own;
  }

  #follow(record: JobRecord, job: DownloadJob, priority: number, rateLimit: number | undefined): FollowedDownload {
    const follower = new FollowedDownload(record, job, {
      engine: this.#engine,
      look: (id) => this.#store.job(id),
      takeOver: () => this.#take(job, priority, rateLimit),
      confirm: () => confirmPresent(this.#engine, job, this.#options.signal ?? new AbortController().signal),
      resume: async (id) => (await this.#control(id, 'resume')).handle,
    });
    this.#followed.add(follower);
    return follower;
  }

  #run(download: OwnDownload, options: DownloadOptions): Promise<DownloadResult> {
    const { settings } = this.#engine;
    const { rateLimit } = download;
    const limiter =
      rateLimit === undefined ? this.#limiter : new RateLimiter({ rate: rateLimit, parent: this.#limiter });
    const { connectionsPerDownload: perJob, connectionsPerHost: perHost } = settings.downloads;
    return this.#options.run(this.#engine, download.job, {
      ...options,
      ...{ limiter, hosts: this.#hosts, mirrorMemory: this.#mirrorTable, connections: { perJob, perHost } },
      freeSpace: async (folder) => {
        await this.#removeEnded();
        // Without the list, nothing is known to be reserved.
        const records = this.#recorder.try(() => this.#records()) ?? [];
        return (await freeSpaceIn(folder)) - (await reservedBy(records, folder, download.record()));
      },
    });
  }

  #moved(download: OwnDownload, from: DownloadState): void {
    this.#saveOne(download, from);
    this.#emit(download, from);
    this.#startNext();
  }

  #emit(download: OwnDownload, from: DownloadState | undefined): void {
    const { id, label, state } = download;
    this.#engine.events.emit('download', { id, label, from, to: state, reason: download.record().reason?.message });
  }

  #startNext(): void {
    const most = this.#engine.settings.downloads.simultaneous;
    const all = [...this.#own.values()];
    while (all.filter(({ isRunning }) => isRunning).length < most) {
      if (this.#closed !== undefined || this.#options.signal?.aborted === true) return;
      // Of equal priority, in the order in which they were added: sort is stable.
      const [next] = all.filter(({ state }) => state === 'queued').sort((a, b) => b.priority - a.priority);
      if (next === undefined) return;
      next.start();
    }
  }

  async #control(prefix: string, request: JobRequest): Promise<Controlled> {
    const { signal, clock, lookMs } = this.#options;
    signal?.throwIfAborted();
    await this.#ready();
    const side: ControlSide = {
      ...{ signal, clock, lookMs },
      find: (id) => this.#find(id),
      own: (id) => this.#own.get(id),
      ask: (id, wish) => {
        this.#store.ask(id, wish);
      },
      removeEnded: () => this.#removeEnded(),
      claim: (record) => this.#claim(record),
      discard: async ({ id, destination }) => {
        if (this.#store.cancel(id)) await discardUnused(destination, this.#engine.context);
      },
    };
    return control(side, prefix, request);
  }

  #claim(record: JobRecord): DownloadHandle | undefined {
    const { id, label, job } = record;
    if (job === undefined) throw failure(QUEUE_ERRORS.jobUnreadable, { id, label, file: stateFile(this.#engine) });
    return this.#store.claim(id, this.#enter()) ? this.#adopt(record, job) : undefined;
  }

  /** What other processes want of this one. */
  #listen(owner: number): void {
    const wanted = this.#store.takeWantedRate(owner);
    if (wanted !== undefined) this.#limiter.rate = wanted.rate;
    for (const { id, request } of this.#store.asked(owner)) {
      if (!this.#obeying.has(id)) void this.#obey(id, request);
    }
  }

  async #obey(id: string, request: JobRequest): Promise<void> {
    this.#obeying.add(id);
    // What is not possible any more needs no answer but that it was seen.
    await this.#own
      .get(id)
      ?.[request]()
      .catch(() => undefined);
    this.#recorder.try(() => {
      const own = this.#own.get(id);
      if (own !== undefined) this.#saveOne(own);
      this.#store.answered(id, request);
    });
    this.#obeying.delete(id);
  }

  #watch(): void {
    this.#timer ??= setInterval(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined;
      });
    }, this.#options.lookMs);
    // A download that runs keeps the process alive by itself; one of another process does not.
    if ([...this.#followed].some(({ isWaiting }) => isWaiting)) this.#timer.ref();
    else this.#timer.unref();
  }

  async #look(): Promise<void> {
    const version = this.#recorder.try(() => this.#database.dataVersion());
    const owner = this.#process;
    if (owner !== undefined && version !== this.#dataVersion) {
      this.#dataVersion = version;
      this.#recorder.try(() => {
        this.#listen(owner);
      });
    }
    const isTime = this.#options.clock() - this.#savedAt >= SAVE_MS;
    if (isTime) this.#save();
    const watching = [...this.#followed].filter(({ isWatching }) => isWatching);
    if (watching.length > 0 && isTime) await this.#removeEnded();
    if (this.#closed !== undefined) return;
    for (const follower of watching) {
      this.#recorder.try(() => {
        follower.check();
      });
    }
    this.#watch();
  }

  #save(): void {
    this.#savedAt = this.#options.clock();
    const owner = this.#process;
    if (owner === undefined) return;
    for (const own of this.#own.values()) if (own.isDirty) this.#saveOne(own);
    this.#recorder.try(() => {
      this.#store.seen(owner);
      this.#hostTable.flush();
    });
  }

  #saveOne(download: OwnDownload, from?: DownloadState): void {
    this.#recorder.try(() => {
      this.#store.save(download.record(), this.#enter(), from);
      download.isDirty = false;
      const shares = download.takeShares();
      if (shares.length > 0) this.#statistics.addBytes(download.id, shares);
    });
  }

  /** Pauses what belongs to processes that have ended. */
  async #removeEnded(): Promise<void> {
    try {
      for (const id of await findEnded(this.#store, this.#engine.context.now())) {
        const left = this.#store.jobs().filter(({ owner, state }) => owner?.id === id && isActive(state));
        this.#store.remove(id, endedReason);
        // It could not say how far it came.
        for (const { id: job, destination } of left) {
          const present = await presentBytes(destination);
          if (present !== undefined) this.#store.correct(job, present);
        }
      }
    } catch (error) {
      this.#recorder.warn(error);
    }
  }

  /** All that is recorded, with what this process knows better. */
  #records(): JobRecord[] {
    const rows = this.#store.jobs();
    const known = new Set(rows.map(({ id }) => id));
    const owner = this.#process === undefined ? undefined : { ...this.#options.identity, id: this.#process };
    const now = this.#engine.context.now();
    const merged = rows.map((row) => {
      const own = this.#own.get(row.id);
      return own === undefined ? row : { ...row, ...own.record(), owner };
    });
    const unrecorded = [...this.#own.values()].filter(({ id }) => !known.has(id));
    return [...merged, ...unrecorded.map((own) => ({ ...own.record(), owner, request: undefined, updatedAt: now }))];
  }

  #find(prefix: string): JobRecord {
    return findRecord(this.#records(), prefix);
  }

  #enter(): number {
    this.#process ??= this.#store.enter(this.#options.identity);
    return this.#process;
  }

  async #ready(): Promise<void> {
    this.#requireOpen();
    await this.#removeEnded();
    this.#requireOpen();
  }

  #requireOpen(): void {
    if (this.#closed !== undefined) throw failure(QUEUE_ERRORS.closed, {});
  }

  #requireSame(job: DownloadJob, other: DownloadJob | undefined, { id, label }: { id: string; label: string }): void {
    if (isSameFile(job, other)) return;
    throw failure(QUEUE_ERRORS.otherFile, { file: job.destination, label, id });
  }
}
