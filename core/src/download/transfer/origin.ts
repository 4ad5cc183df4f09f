import type { LoopstickError } from '../../engine/errors.ts';
import type { RangeResponse, Validators } from '../../engine/hooks.ts';
import { mirrorOf } from '../../mirror/candidate.ts';
import { mirrorName } from '../../mirror/mirror-name.ts';
import type { Host } from './hosts.ts';
import { Speed } from './speed.ts';

/** How far If-Range goes with a server: some answer a right tag with the whole file, and understand dates or nothing. */
type Condition = 'tag' | 'date' | 'none';

/** One address that the file comes from, and everything that is known of it. */
export class Origin {
  readonly url: string;
  readonly name: string;
  /** Its number in the piece map and in the resume file. */
  readonly index: number;
  readonly host: Host;
  readonly speed: Speed;
  /** Its place in the order of the mirror strategy. */
  rank: number;
  /** The strategy does not want it: it is used when nobody else is left. */
  benched = false;
  /** Bytes a second when it was used or probed last. */
  lastSpeed: number | undefined;
  /** Milliseconds that its first connection took, as far as the transport says. */
  connectMs: number | undefined;
  /** Milliseconds that its last answer took to begin. */
  answerMs: number | undefined;
  /** Since when it has connections without a break: monotonic milliseconds. */
  connectedAt = 0;
  /** Milliseconds for which it had connections. */
  busyMs = 0;
  /** Why it is not asked again. */
  out: LoopstickError | undefined;
  /**
   * It has sent bytes of a file that does not have its digest: all of them, or nobody knows who sent the wrong ones.
   * What comes out right later clears it.
   */
  blame: 'alone' | 'shared' | undefined;
  /**
   * It is out because it has something else than is here, and nobody could say who is right: it is named when what is
   * here proves to be.
   */
  isDoubted = false;
  /** A connection to it ended without a byte, and not at once: others were faster than its silence was long. */
  hung = false;
  /** It sends whole files only. */
  streamOnly = false;
  /** Its bytes were compared with those of another origin, or are what the others are compared with. */
  proven = false;
  /** Its tags change though the file does not, so they say nothing. */
  unstable = false;
  /** Attempts in a row that brought next to nothing. */
  failures = 0;
  /** All attempts that failed, and the last reason. */
  failed = 0;
  lastError: LoopstickError | undefined;
  /** Monotonic milliseconds before which it is not asked. */
  notBefore = 0;
  connections = 0;
  /** The highest speed that one of its connections had. */
  peak = 0;
  /** What it said last of the size of the file, when that was not what was expected. */
  otherSize: number | undefined;
  /** It has said how long its file is. */
  saysSize = false;
  #pinned: string | undefined;
  #place: string | undefined;
  #condition: Condition = 'tag';
  /** Scheme and host of who answered: redirects may lead to another one each time. */
  readonly #answeredBy = new Set<string>();
  /** By the server that said them: redirects may lead to another one each time. */
  readonly #validators = new Map<string, Validators>();

  constructor(url: string, index: number, host: Host, clock: () => number) {
    this.url = url;
    this.name = mirrorName(url);
    this.index = index;
    this.rank = index;
    this.host = host;
    this.speed = new Speed(clock, 1500);
  }

  /** Counts a connection. */
  connected(at: number): void {
    if (this.connections++ > 0) return;
    this.connectedAt = at;
    this.speed.restart();
  }

  /** One of its connections has ended. */
  disconnected(): void {
    if (--this.connections === 0) this.lastSpeed = this.speed.value ?? this.lastSpeed;
  }

  /** What it said of its file the last time, for the resume file. */
  get validators(): Validators | undefined {
    return [...this.#validators.values()].at(-1);
  }

  /** Scheme and host of where that came from, when redirects led to another server. */
  get place(): string | undefined {
    const place = [...this.#validators.keys()].at(-1);
    return place === mirrorOf(this.url) ? undefined : place;
  }

  /** Who its bytes came from: itself, or servers that redirects led to. */
  get senders(): ReadonlySet<string> {
    return this.#answeredBy;
  }

  /** What to ask: the address itself, or where it redirected to when it has to stay the same. */
  get address(): string {
    return this.#pinned ?? this.url;
  }

  /**
   * From now on, only answers from this place are of the same file: redirects may lead somewhere else each time, and
   * without a digest nothing else can tell. Holds until the file is begun anew.
   */
  pin(address: string): void {
    if (this.#place !== undefined || address === '') return;
    this.#place = mirrorOf(address);
    this.#pinned = address;
  }

  /** The address that it was redirected to may have been good for some time only. */
  unpin(): void {
    this.#pinned = undefined;
  }

  /**
   * Takes over what was said in an earlier run.
   * @param place where redirects led to then, when that was another server
   */
  remember(validators: Validators, place: string | undefined): void {
    this.#validators.set(place ?? mirrorOf(this.url), validators);
  }

  /** The file may have changed: what was said of it no longer counts. */
  forget(): void {
    this.#validators.clear();
    this.#pinned = undefined;
    this.#place = undefined;
    this.#condition = 'tag';
  }

  /** The value for If-Range; undefined when there is none that is strong enough or that this server understands. */
  get ifRange(): string | undefined {
    const known = this.validators;
    if (known === undefined || this.unstable || this.#condition === 'none') return undefined;
    if (known.etag !== undefined && this.#condition === 'tag') return known.etag;
    return known.dateIsStrong === true ? known.lastModified : undefined;
  }

  /** As if it had not been asked yet, for a file of another size. */
  restart(): void {
    this.out = undefined;
    this.isDoubted = false;
    this.failures = 0;
    this.notBefore = 0;
    this.proven = false;
    this.streamOnly = false;
  }

  /** Whether answers have to come from where the first one came from. */
  get isPinned(): boolean {
    return this.#place !== undefined;
  }

  /** Steps down the ladder. False when it was at its foot. */
  distrustCondition(): boolean {
    if (this.#condition === 'none') return false;
    this.#condition = this.#condition === 'tag' && this.validators?.dateIsStrong === true ? 'date' : 'none';
    return true;
  }

  /** Whether the answer speaks of the same state of the file as the answers before; true when nobody can tell. */
  agrees({ address, validators }: RangeResponse): boolean {
    if (this.#place !== undefined && this.#place !== mirrorOf(address)) return false;
    const known = this.#validators.get(mirrorOf(address));
    if (known === undefined || this.unstable) return true;
    if (known.etag !== undefined && validators.etag !== undefined) return known.etag === validators.etag;
    if (known.lastModified !== undefined && validators.lastModified !== undefined) {
      return known.lastModified === validators.lastModified;
    }
    return true;
  }

  /** Whether the answer proves to be of the same state of the file as the answers before. */
  vouches({ address, validators }: RangeResponse): boolean {
    if (this.#place !== undefined && this.#place !== mirrorOf(address)) return false;
    const known = this.#validators.get(mirrorOf(address));
    if (known?.etag !== undefined || validators.etag !== undefined) return known?.etag === validators.etag;
    const isStrong = known?.dateIsStrong === true && validators.dateIsStrong === true;
    return isStrong && known.lastModified === validators.lastModified;
  }

  /** Keeps what the answer says for the next ones. */
  learn({ address, validators }: RangeResponse): void {
    if (address !== '') this.#answeredBy.add(mirrorOf(address));
    const { etag, lastModified } = validators;
    if (etag !== undefined || lastModified !== undefined) this.#validators.set(mirrorOf(address), validators);
  }
}
