import type { PieceMap } from '../part/piece-map.ts';

/** A run of pieces that one connection fills; in the race for the tail, several. */
export class Lease {
  /** The next byte to accept: everything of the lease before it has been. */
  at: number;
  /** Soft: whoever takes over the rest moves it down. A piece's end. */
  end: number;
  /** How many connections work on it. */
  workers = 0;

  constructor(at: number, end: number) {
    this.at = at;
    this.end = end;
  }

  get left(): number {
    return Math.max(0, this.end - this.at);
  }
}

/** Who may write where. Leases never overlap. */
export class Leases {
  readonly #map: PieceMap;
  readonly #active = new Set<Lease>();
  /** By piece: the lease that it belongs to, also after it was filled. */
  readonly #owner: (Lease | undefined)[];

  constructor(map: PieceMap) {
    this.#map = map;
    this.#owner = new Array<Lease | undefined>(map.count).fill(undefined);
  }

  /** Whether nothing is left that is neither there nor being fetched. */
  get allGiven(): boolean {
    return this.#firstFree(0) === undefined;
  }

  /** Whether somebody is writing to a piece. */
  isTaken(piece: number): boolean {
    return this.#owner[piece] !== undefined;
  }

  /** The first run of free pieces at or after `from`, at most `length` bytes of it (but one piece at least). */
  take(length: number, from: number = 0): Lease | undefined {
    const map = this.#map;
    const first = this.#firstFree(map.pieceAt(from));
    if (first === undefined) return undefined;
    const most = Math.max(1, Math.ceil(length / map.pieceSize));
    let last = first + 1;
    // A piece that is begun can only be gone on with from where it ends, so it is the first of a run.
    while (last < map.count && last - first < most && this.#isFree(last) && map.fillOf(last) === 0) last++;
    return this.#lease(map.startOf(first) + map.fillOf(first), first, last);
  }

  /** The end of the last run of free pieces, at most `length` bytes of it (but one piece at least). */
  takeLast(length: number): Lease | undefined {
    const map = this.#map;
    const most = Math.max(1, Math.ceil(length / map.pieceSize));
    let last = map.count - 1;
    while (last >= 0 && !this.#isFree(last)) last--;
    if (last < 0) return undefined;
    let first = last;
    while (first > 0 && last - first + 1 < most && map.fillOf(first) === 0 && this.#isFree(first - 1)) first--;
    return this.#lease(map.startOf(first) + map.fillOf(first), first, last + 1);
  }

  /** Takes the end of another lease from `cut` on, which is moved up to the next piece; undefined when nothing is left. */
  cut(victim: Lease, cut: number): Lease | undefined {
    const map = this.#map;
    const first = Math.ceil(cut / map.pieceSize);
    const last = Math.ceil(victim.end / map.pieceSize);
    if (first >= last || map.startOf(first) <= victim.at) return undefined;
    victim.end = map.startOf(first);
    this.#give(first, last, undefined);
    return this.#lease(map.startOf(first), first, last);
  }

  /** Gives back everything of a lease from `cut` on, which is moved up to the next piece. */
  shorten(lease: Lease, cut: number): void {
    const first = Math.ceil(cut / this.#map.pieceSize);
    const end = this.#map.startOf(first);
    if (end >= lease.end) return;
    this.#give(first, Math.ceil(lease.end / this.#map.pieceSize), undefined);
    lease.end = end;
  }

  /** Gives back what has not been accepted. */
  release(lease: Lease): void {
    if (!this.#active.delete(lease)) return;
    for (const [piece, owner] of this.#owner.entries()) if (owner === lease) this.#owner[piece] = undefined;
  }

  #lease(at: number, first: number, last: number): Lease {
    const lease = new Lease(at, this.#map.endOf(last - 1));
    this.#give(first, last, lease);
    this.#active.add(lease);
    return lease;
  }

  #give(first: number, last: number, owner: Lease | undefined): void {
    for (let piece = first; piece < last; piece++) this.#owner[piece] = owner;
  }

  #firstFree(from: number): number | undefined {
    for (let piece = Math.max(0, from); piece < this.#map.count; piece++) if (this.#isFree(piece)) return piece;
    return undefined;
  }

  #isFree(piece: number): boolean {
    return this.#owner[piece] === undefined && this.#map.fillOf(piece) < this.#map.lengthOf(piece);
  }
}
