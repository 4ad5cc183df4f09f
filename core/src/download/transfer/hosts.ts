import { mirrorOf } from '../../mirror/candidate.ts';
import { Breaker } from './breaker.ts';
import type { HostMemory, HostRecord } from './host-record.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long a host is believed to take no more connections than it took. */
const CAP_MS = DAY_MS;
/** The same after a connection broke off that may have been refused: what breaks off meanwhile is the same bad luck. */
const DOUBTFUL_CAP_MS = 1_000;
/** When it breaks off again so soon after that, it was no bad luck. */
const SOON_MS = 60_000;
/** What a host delivered so long ago counts half. */
const HALF_LIFE_MS = 3 * DAY_MS;
/** Older experience says nothing. */
const FORGET_MS = 30 * DAY_MS;
/** More experience than this does not weigh more, so that a host may change. */
const MOST_EXPERIENCE_MS = 600_000;
/** How often the memory is asked what other processes have learned. */
const REFRESH_MS = 5_000;
/** Somebody else's connection may end at any time. */
const ASK_AGAIN_MS = 250;

export interface HostsOptions {
  /** Monotonic milliseconds: by it everything waits. */
  readonly clock: () => number;
  /** For records only. */
  readonly now: () => Date;
  /** The most connections to one host. */
  readonly perHost: number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly memory?: HostMemory | undefined;
}

/** What is known of one server, and who may connect to it. */
export interface Host {
  /** `scheme://host:port`, the port only where it is not the scheme's own. */
  readonly name: string;
  /** Open at present, over all downloads. */
  readonly connections: number;
  /** The most that may be open: as set, or fewer as the host has taught. */
  readonly cap: number;
  /** Bytes a second that one connection brought, lately or in earlier runs. */
  readonly speed: number | undefined;
  /**
   * 0 when a connection may be opened now, otherwise the milliseconds after which it makes sense to ask again: it is
   * parked, its breaker is open or being tried, or all its connections are in use, maybe by other downloads.
   */
  wait(): number;
  /** Counts a connection. Call the result when it has ended. */
  open(): () => void;
  /** One connection brought so much in so long: it is alive. The sooner and the more often it is said, the better. */
  delivered(bytes: number, ms: number): void;
  /**
   * A connection ended without a byte. `transient`: the host was not reached, broke off or was unwell. `mirror`: it
   * answered, only not with the file, so it is alive.
   */
  failed(kind: 'transient' | 'mirror'): void;
  /** Nobody asks it for so long, whatever was agreed before. */
  park(ms: number): void;
  /** Milliseconds for which it is parked. */
  parkedFor(): number;
  /** It has failed again and again, and nobody asks it for the time being. */
  readonly isBroken: boolean;
  /** A request was answered, with however little: it is alive. */
  answered(): void;
  /**
   * It took no more connections than those that are open: the one that it refused has ended before. Holds for a day
   * when it said so or did it twice; a connection that broke off once may have been bad luck.
   * @param said it answered that it is busy
   */
  refused(said: boolean): void;
}

/** One answer must not keep other processes and later runs from a host for longer. */
const LONGEST_SHARED_PARK_MS = 60 * 60_000;

/** The hosts of all downloads of a process. */
export class Hosts {
  readonly #options: HostsOptions;
  readonly #hosts = new Map<string, Host>();

  constructor(options: HostsOptions) {
    this.#options = options;
  }

  at(url: string): Host {
    const name = mirrorOf(url);
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host = new KnownHost(name, this.#options);
    this.#hosts.set(name, host);
    return host;
  }
}

class KnownHost implements Host {
  readonly name: string;
  readonly #options: HostsOptions;
  readonly #breaker: Breaker;
  #connections = 0;
  /** Monotonic, like all times here. */
  #parkedUntil = 0;
  #learnedCap: { readonly cap: number; readonly until: number } | undefined;
  /** When it may have refused a connection, without saying so. */
  #doubtedAt: number | undefined;
  #bytes = 0;
  #ms = 0;
  /** When bytes and time were last made to age. */
  #agedAt: number;
  #refreshedAt: number | undefined;

  constructor(name: string, options: HostsOptions) {
    this.name = name;
    this.#options = options;
    this.#breaker = new Breaker(options.clock, options.random);
    this.#agedAt = options.clock();
    this.#parkedUntil = this.#agedAt;
    this.#refresh();
  }

  get connections(): number {
    return this.#connections;
  }

  get cap(): number {
    const learned = this.#learnedCap;
    const { perHost, clock } = this.#options;
    return learned !== undefined && clock() < learned.until ? Math.min(perHost, learned.cap) : perHost;
  }

  get speed(): number | undefined {
    return this.#ms > 0 ? (this.#bytes / this.#ms) * 1000 : undefined;
  }

  wait(): number {
    this.#refresh();
    const ms = Math.max(this.parkedFor(), this.#breaker.openFor);
    if (ms > 0) return ms;
    return this.#breaker.isTried || this.#connections >= this.cap ? ASK_AGAIN_MS : 0;
  }

  open(): () => void {
    this.#connections++;
    const ended = this.#breaker.begin();
    let isOpen = true;
    return () => {
      if (isOpen) this.#connections--;
      isOpen = false;
      ended();
    };
  }

  delivered(bytes: number, ms: number): void {
    if (bytes <= 0) return;
    this.#breaker.succeeded();
    this.#age();
    this.#bytes += bytes;
    this.#ms += Math.max(1, ms);
    this.#bound();
    this.#save();
  }

  failed(kind: 'transient' | 'mirror'): void {
    if (kind === 'transient') this.#breaker.failed();
    else this.#breaker.succeeded();
  }

  park(ms: number): void {
    const until = this.#options.clock() + ms;
    if (!(until > this.#parkedUntil)) return;
    this.#parkedUntil = until;
    this.#save();
  }

  parkedFor(): number {
    return Math.max(0, this.#parkedUntil - this.#options.clock());
  }

  get isBroken(): boolean {
    return this.#breaker.openFor > 0;
  }

  answered(): void {
    this.#breaker.succeeded();
  }

  refused(said: boolean): void {
    const now = this.#options.clock();
    const since = now - (this.#doubtedAt ?? Number.NEGATIVE_INFINITY);
    const isSure = said || (since >= DOUBTFUL_CAP_MS && since < SOON_MS);
    if (!said && since >= SOON_MS) this.#doubtedAt = now;
    const cap = Math.max(1, Math.min(this.cap, this.#connections));
    const until = now + (isSure ? CAP_MS : DOUBTFUL_CAP_MS);
    this.#learnedCap = { cap, until: Math.max(until, this.#learnedCap?.until ?? 0) };
    if (isSure) this.#save();
  }

  /** Takes over what other processes have learned in the meantime. */
  #refresh(): void {
    const { clock, memory } = this.#options;
    const at = clock();
    if (memory === undefined || (this.#refreshedAt !== undefined && at - this.#refreshedAt < REFRESH_MS)) return;
    const first = this.#refreshedAt === undefined;
    this.#refreshedAt = at;
    const record = spared(() => memory.load(this.name));
    if (record === undefined) return;
    const now = this.#options.now().getTime();
    // A clock that was set back since the record must not make its times longer than they were.
    const left = (until: number): number => until - Math.max(now, record.updatedAt);
    if (record.parkedUntil !== undefined) {
      this.#parkedUntil = Math.max(this.#parkedUntil, at + left(record.parkedUntil));
    }
    if (record.cap !== undefined && record.capUntil !== undefined) {
      const until = at + Math.min(CAP_MS, left(record.capUntil));
      if (until > (this.#learnedCap?.until ?? at)) this.#learnedCap = { cap: Math.max(1, record.cap), until };
    }
    if (first && now - record.updatedAt < FORGET_MS) this.#remember(record, Math.max(0, now - record.updatedAt));
  }

  #remember({ bytes, ms }: HostRecord, age: number): void {
    this.#bytes = bytes * weightAfter(age);
    this.#ms = ms * weightAfter(age);
    this.#bound();
  }

  #age(): void {
    const now = this.#options.clock();
    const weight = weightAfter(Math.max(0, now - this.#agedAt));
    this.#bytes *= weight;
    this.#ms *= weight;
    this.#agedAt = now;
  }

  #bound(): void {
    if (this.#ms <= MOST_EXPERIENCE_MS) return;
    this.#bytes *= MOST_EXPERIENCE_MS / this.#ms;
    this.#ms = MOST_EXPERIENCE_MS;
  }

  #save(): void {
    const { memory, clock, now } = this.#options;
    if (memory === undefined) return;
    this.#refresh();
    const [at, updatedAt] = [clock(), now().getTime()];
    const cap = this.#learnedCap;
    const record: HostRecord = {
      updatedAt,
      bytes: this.#bytes,
      ms: this.#ms,
      ...(cap !== undefined && cap.until > at && { cap: cap.cap, capUntil: updatedAt + cap.until - at }),
      ...(this.#parkedUntil > at && {
        parkedUntil: updatedAt + Math.min(LONGEST_SHARED_PARK_MS, this.#parkedUntil - at),
      }),
    };
    spared(() => {
      memory.save(this.name, record);
    });
  }
}

function weightAfter(ms: number): number {
  return 0.5 ** (ms / HALF_LIFE_MS);
}

/** A download does not fail because its experience cannot be kept, for instance on a full disk. */
function spared<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
